"""A crowd of clients as many sources write them: who is the same as whom is known.

Everything follows from a seed. The faults are those of real lists: see `faults.py`; how often each
happens is a figure in `Rates`, and `Rates.shaken` gives another mixture for another seed. Nothing
here uses the bot's own normaliser: what it reads is what it would find in a file.
"""

from tests.benchmarks.crowd.customers import Customer, customers
from tests.benchmarks.crowd.faults import Rates
from tests.benchmarks.crowd.rows import COLUMNS, Crowd, crowd

__all__ = ["COLUMNS", "Crowd", "Customer", "Rates", "crowd", "customers"]
