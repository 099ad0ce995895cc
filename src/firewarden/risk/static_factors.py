"""What does a venue weigh by what it is? What is missing weighs as the upper middle of its use."""

from datetime import datetime

from firewarden.risk import scorecard as card
from firewarden.risk.catalogue import (
    AgeEvidence,
    FactorCode,
    HeightEvidence,
    KeyUnitEvidence,
    SizeEvidence,
    UseEvidence,
)
from firewarden.risk.facts import Static
from firewarden.risk.reasons import Factor


def static_factors(static: Static, now: datetime) -> tuple[Factor, ...]:
    """The five factors of what the venue is."""
    stratum = card.USE_UNKNOWN if static.use is None else card.USES[static.use]
    return (
        _use(static, stratum),
        _size(static, stratum),
        _height(static, stratum),
        _age(static, now),
        _key_unit(static),
    )


def missing(static: Static) -> int:
    """How many of the five attributes nobody has entered."""
    values = (static.use, static.area_m2, static.height_m, static.built_year, static.key_unit)
    return sum(value is None for value in values)


def _use(static: Static, stratum: card.UseWeights) -> Factor:
    return Factor(
        code=FactorCode.USE,
        tenths=card.FIRE_RATE.at(stratum.fires_per_year) + card.PEOPLE.at(stratum.people_tenths),
        evidence=UseEvidence(
            use=None if static.use is None else static.use.value,
            fires_per_year=stratum.fires_per_year,
            assumed=static.use is None,
        ),
    )


def _size(static: Static, stratum: card.UseWeights) -> Factor:
    area = stratum.assumed_area_m2 if static.area_m2 is None else static.area_m2
    evidence = SizeEvidence(area_m2=area, assumed=static.area_m2 is None)
    return Factor(code=FactorCode.SIZE, tenths=card.AREA.at(area), evidence=evidence)


def _height(static: Static, stratum: card.UseWeights) -> Factor:
    height = stratum.assumed_height_m if static.height_m is None else static.height_m
    evidence = HeightEvidence(height_m=height, assumed=static.height_m is None)
    return Factor(code=FactorCode.HEIGHT, tenths=card.HEIGHT.at(height), evidence=evidence)


def _age(static: Static, now: datetime) -> Factor:
    built = static.built_year
    years = card.AGE_UNKNOWN_YEARS if built is None else max(0, now.year - built)
    evidence = AgeEvidence(built_year=built, age_years=years, assumed=built is None)
    return Factor(code=FactorCode.AGE, tenths=card.AGE.at(years), evidence=evidence)


def _key_unit(static: Static) -> Factor:
    known = static.key_unit
    tenths = card.KEY_UNIT_UNKNOWN_TENTHS if known is None else card.KEY_UNIT.at(int(known))
    evidence = KeyUnitEvidence(key_unit=known, assumed=known is None)
    return Factor(code=FactorCode.KEY_UNIT, tenths=tenths, evidence=evidence)
