"""Tests; nearly all of them go through the door of a running program."""

import gc

# As the API has it: importing the program as often as it is tested makes no garbage.
gc.set_threshold(50_000, 20, 50)
