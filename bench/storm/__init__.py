"""Reliability, as counts after a storm: workers killed all the while, `make storm`."""
