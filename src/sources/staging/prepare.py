"""One ledger table from raw relations to versions: all that is done to a row before it is known
whose it is."""

from src.sources.mapping.rule import Rule
from src.sources.staging.amounts import make_rates_in_force
from src.sources.staging.base_rate import add_base_rate
from src.sources.staging.limits import mark_faulty
from src.sources.staging.rules import RuleCount, apply_rules
from src.sources.staging.stage import stage_table
from src.sources.staging.versions import belongs_to_customers, close_versions, mark_copies
from src.sources.staging.work import Work


def prepare_table(work: Work, table: str, rules: tuple[Rule, ...]) -> list[RuleCount]:
    """Stage a table, apply its rules, and close versions that later ones replace, unless it takes
    the customers to tell which rows are kept; what the rules did. Tables come in the ledger's
    order: later ones need products and rates. Raises SourceError for what can't be computed."""
    stage_table(work, table)
    mark_copies(work, table)
    counts = apply_rules(work, table, rules)
    if table == "fx_rates":
        add_base_rate(work)
    mark_faulty(work, table)
    if not belongs_to_customers(table):
        close_versions(work, table)
    if table == "fx_rates":
        make_rates_in_force(work.connection)
    return counts
