"""`python -m src.models.monitor [MONTH]`: the served models on a scored month.

The command alone; it reads and writes as a stage does, so what it runs stands in src/pipeline.
"""

from src.core.errors import run_command
from src.pipeline.monitor import main

if __name__ == "__main__":
    run_command(main)
