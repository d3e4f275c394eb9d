"""What forked processes have from their parent; imported there alone.

The analyser of Korean takes each process that searches two to four seconds to load. A child's
collector that looked through all this would have to copy it, which took it a second.
"""

import gc

from services.search.morphology import korean
from tests.support import kept
from tests.support.rehearsal import rehearse

korean.load()
kept.keep_sql()
rehearse()
gc.collect()
gc.freeze()
