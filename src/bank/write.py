"""The deliveries as the bank's systems write them, and the sealed truth."""

from pathlib import Path

import numpy as np

from src.bank.accounts.books import Events
from src.bank.bank import run
from src.bank.behaviour.interactions import Contacts
from src.bank.customers.identity import Identities, make_identities
from src.bank.files.deliveries import Deliveries
from src.bank.systems.brokerage import Brokerage, of_brokerage
from src.bank.systems.callers import Callers
from src.bank.systems.contact_log import ContactCentre
from src.bank.systems.core import Core, accounts_sheet
from src.bank.systems.crm import STYLE as CRM
from src.bank.systems.crm import crm_records, crm_sheet
from src.bank.systems.customer_sheets import Versions
from src.bank.systems.market_files import write_market
from src.bank.systems.parties import (
    BROKERAGE,
    CORE,
    brokerage_records,
    brokerage_sheet,
    core_records,
    core_sheet,
)
from src.bank.systems.records import Records
from src.bank.systems.suitability import write_questionnaires
from src.bank.truth import write_accounts, write_records, write_truth
from src.bank.world import World, make_world
from src.core.params.simulation import SimulationParams


def simulate(params: SimulationParams, seed: int, raw: Path, truth: Path) -> None:
    """Simulate the bank and write its deliveries into `raw` and the truth into `truth`, both
    existing folders. The same parameters and seed give the same bytes.

    Streams of random numbers: 0 to 5 make the world and what happens in it (see World and run), 6
    and above what the systems write, so that the mess never moves the customers.
    """
    world = make_world(params, seed)
    who = make_identities(_stream(seed, 6), world.people, params.mess, world.calendar)
    with Deliveries(raw, truth, world.calendar) as deliveries:
        crm, core, brokers = _records(params, world, who, seed)
        _write_customers(deliveries, world, who, crm, core, brokers)
        write_market(deliveries, world, params.mess, _stream(seed, 11))
        books = Core(deliveries, world, params.mess, core.number, seed)
        trades = Brokerage(deliveries, world.products, params.mess, core.number, seed)
        callers = Callers(_stream(seed, 7, 3), who, params.mess, world.calendar)
        centre = ContactCentre(deliveries, who, callers, params.mess, core.number, seed)

        def on_month(number: int, events: Events, contacts: Contacts) -> None:
            brokerage = of_brokerage(events, world.products)
            books.movements(number, events.at(~brokerage))
            books.restatement(number)
            trades.trades(number, events.at(brokerage))
            centre.contacts(number, contacts)

        outcome = run(world, seed, books.statement, on_month)
        write_questionnaires(deliveries, outcome.questionnaires, crm)
    write_records(truth, (crm, core, brokers, callers.records))
    write_accounts(truth, core)
    write_truth(truth, world.people, outcome.truth, world.calendar)


def _stream(seed: int, *place: int) -> np.random.Generator:
    return np.random.default_rng([seed, *place])


def _records(
    params: SimulationParams, world: World, who: Identities, seed: int
) -> tuple[Records, Records, Records]:
    """The records of CRM, core banking and brokerage, each from a stream of its own."""
    makers = (crm_records, core_records, brokerage_records)
    crm, core, brokers = (
        make(_stream(seed, 7, place), who, world.people, params.mess, world.calendar)
        for place, make in enumerate(makers)
    )
    return crm, core, brokers


def _write_customers(
    deliveries: Deliveries,
    world: World,
    who: Identities,
    crm: Records,
    core: Records,
    brokers: Records,
) -> None:
    """Write what of the customers' records is new or changed, delivery by delivery."""
    people, calendar = world.people, world.calendar
    for number in range(calendar.months + 1):

        def versions(records: Records, number: int = number) -> Versions:
            return Versions(who, records, *records.versions(*deliveries.window(number)))

        clients, parties = versions(crm), versions(core)
        deliveries.csv("crm/customers", number, crm_sheet(clients, people, calendar), CRM)
        deliveries.csv("core/parties", number, core_sheet(parties, people, calendar), CORE)
        new = parties.record[parties.at == core.registered[parties.record]]
        deliveries.csv("core/accounts", number, accounts_sheet(world, core, new), CORE)
        deliveries.csv("brokerage/clients", number, brokerage_sheet(versions(brokers)), BROKERAGE)
