"""The tables of layering: what was last computed of pseudonymous people, the money, and what was released.

All of it follows from content, memberships and imported money, and can be made anew from them; an outcome and a release
cannot, and stay.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, SmallInteger, UniqueConstraint
from sqlmodel import Field, SQLModel


class LayerState(SQLModel, table=True):
    """Of which moment and month the layers are, under which rules and lists; one row."""

    __tablename__ = "layer_state"

    id: int = Field(primary_key=True)
    at: datetime
    month: int
    form: str


class LayerDue(SQLModel, table=True):
    """A person about whom something changed since; nobody, once the layers were renewed."""

    __tablename__ = "layer_due"

    person: int = Field(primary_key=True, sa_type=BigInteger)


class LayerPerson(SQLModel, table=True):
    """A person as `persons.PERSONS` and `needs.PROFILES` describe her; lists are bits."""

    __tablename__ = "layer_person"
    __table_args__ = (
        Index("ix_layer_person_household", "household"),
        Index("ix_layer_person_waiting", "nik_status", "since", "person"),
    )

    person: int = Field(primary_key=True, sa_type=BigInteger)
    household: int | None = Field(sa_type=BigInteger)
    regency: str | None
    village: str | None
    beneficiary: str | None
    nik_status: str
    decile: int = Field(sa_type=SmallInteger)
    needs: int = Field(sa_type=BigInteger)
    lacks: int = Field(sa_type=BigInteger)
    exposures: int = Field(sa_type=BigInteger)
    mononym: bool
    default_date: bool
    since: int = Field(sa_type=BigInteger)
    """Microseconds since 1970: it is compared, and never a date in a query of a person's."""
    programmes: int = Field(sa_type=BigInteger)
    met: int = Field(sa_type=BigInteger)
    unmet: int = Field(sa_type=BigInteger)
    fitting: int = Field(sa_type=BigInteger)
    causes: int = Field(sa_type=BigInteger)
    layers: int = Field(sa_type=SmallInteger)
    rupiah: int = Field(sa_type=BigInteger)


class LayerFlag(SQLModel, table=True):
    """A flag (`overlaps.FLAGS`). Its id follows from rule, unit and rows: other rows make another flag."""

    __tablename__ = "layer_flag"
    __table_args__ = (Index("ix_layer_flag_rule", "rule", "id"), Index("ix_layer_flag_unit", "unit", "unit_id"))

    id: str = Field(primary_key=True)
    rule: str
    effect: str
    citation: str
    unit: str
    unit_id: int = Field(sa_type=BigInteger)
    first: int
    last: int


class LayerFlagRow(SQLModel, table=True):
    """One record that a flag wants looked at."""

    __tablename__ = "layer_flag_row"

    flag: str = Field(primary_key=True)
    record: int = Field(primary_key=True, sa_type=BigInteger, index=True)


class FlagOutcome(SQLModel, table=True):
    """What a person found of a flag; it stays when the flag goes."""

    __tablename__ = "flag_outcome"

    flag: str = Field(primary_key=True)
    rule: str
    outcome: str
    found_by: str
    found_at: datetime


class LayerClaimed(SQLModel, table=True):
    """A submission whose claims are up to date."""

    __tablename__ = "layer_claimed"

    submission: int = Field(primary_key=True)


class LayerClaim(SQLModel, table=True):
    """Rupiah that standing rows of one submission claim, by line, reference and payee (`money.CLAIMS`)."""

    __tablename__ = "layer_claim"

    id: int | None = Field(default=None, primary_key=True)
    submission: int = Field(index=True)
    fund: str
    programme: str
    agency: str
    year: int
    regency: str
    reference: str
    payee: str
    paid: int = Field(sa_type=BigInteger)
    back: int = Field(sa_type=BigInteger)
    rows: int
    unvalued: int


class MoneyImport(SQLModel, table=True):
    """A file of budgets (`funds`) or disbursements (`sp2d`); a later one may stand in its place from then on."""

    __tablename__ = "money_import"
    __table_args__ = (UniqueConstraint("kind", "digest"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    digest: str
    rows: int
    rupiah: int = Field(sa_type=BigInteger)
    imported_at: datetime
    replaced_at: datetime | None = None


class MoneyLine(SQLModel, table=True):
    """One line of an import, by its row in the file; budgets have no regency and no reference."""

    __tablename__ = "money_line"

    source: int = Field(foreign_key="money_import.id", primary_key=True)
    row: int = Field(primary_key=True)
    fund: str
    programme: str
    agency: str
    year: int
    regency: str | None
    reference: str | None
    amount: int = Field(sa_type=BigInteger)


class Release(SQLModel, table=True):
    """One release: made once a month at most, for one moment, under rules of that hash.

    Out of the house it goes only once somebody approved that.
    """

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    month: int = Field(unique=True)
    rules: str
    approved_by: str | None = None
    approved_at: datetime | None = None


class ReleasedCell(SQLModel, table=True):
    """A cell of a release (`release.CELLS`), `cell` as words between spaces; hidden where `people` is null.

    `dimensions` names what the cell crosses, likewise.
    """

    __tablename__ = "released_cell"
    __table_args__ = (
        Index("ix_released_cell_dimensions", "release", "dimensions", "number"),
        Index("ix_released_cell_place", "release", "place", "cell"),
    )

    release: int = Field(foreign_key="release.id", primary_key=True)
    number: int = Field(primary_key=True)
    level: str
    place: str
    dimensions: str
    cell: str
    people: int | None


class ReleasedRow(SQLModel, table=True):
    """A row of another sheet of a release, as JSON: what of it may not be told is not in it."""

    __tablename__ = "released_row"

    release: int = Field(foreign_key="release.id", primary_key=True)
    sheet: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    body: str
