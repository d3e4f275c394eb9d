"""`python -m gateways.portrait MAX_BYTES`: checks the photo on standard input."""

import sys

from gateways.portrait.isolated import serve

serve(int(sys.argv[1]))
