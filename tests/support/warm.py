"""What forked processes have from their parent; imported there alone.

The analyser of Korean takes each process that searches two to four seconds to load.
"""

from services.search.morphology import korean

korean.load()
