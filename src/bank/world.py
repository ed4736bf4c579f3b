"""All of the simulated world that does not depend on what happens in it."""

from dataclasses import dataclass

import numpy as np

from src.bank.calendar import Calendar, make_calendar
from src.bank.customers.people import People, make_people
from src.bank.market.prices import Market, make_market
from src.bank.market.products import Products, make_products
from src.core.params.simulation import SimulationParams


@dataclass(frozen=True)
class World:
    """Calendar, shelf, prices and people."""

    calendar: Calendar
    products: Products
    market: Market
    people: People


def make_world(params: SimulationParams, seed: int) -> World:
    """Calendar, products, prices and people; each from its own stream of random numbers."""
    streams = [np.random.default_rng([seed, stream]) for stream in range(3)]
    calendar = make_calendar(params.start, params.months)
    products = make_products(streams[0])
    market = make_market(streams[1], calendar, products)
    return World(calendar, products, market, make_people(streams[2], params, calendar))
