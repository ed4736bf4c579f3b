"""Parameters of small simulated banks for tests."""

from datetime import date

from src.core.simulation_params import MessParams, SimulationParams

SMALL = SimulationParams(customers=400, company_share=0.1, start=date(2023, 1, 1), months=18)
# no mistakes and no changes at all: what the systems write is true and in time
TIDY = MessParams(**{name: 0 for name in MessParams.model_fields if name != "late_days"})
