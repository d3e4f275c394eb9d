"""The outside world: a Protocol for each kind of provider, one class for each real one."""
