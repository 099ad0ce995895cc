"""What can a venue be used for, and which components are its pumps, panels and valves?"""

from enum import StrEnum

PUMPS = frozenset({91, 95, 105})
"""GB/T 26875.3 component types: fire, sprinkler and foam pump."""

PANELS = frozenset({1, 81, 82})
"""Fire alarm controller, gas extinguishing controller, electrical control device."""

VALVES = frozenset({97, 98, 101, 106})
"""Signal valve, alarm valve, valve driver, pipe solenoid valve."""


class Use(StrEnum):
    """What a venue is used for."""

    MALL = "mall"
    COMPLEX = "complex"
    HOTEL = "hotel"
    ENTERTAINMENT = "entertainment"
    RESTAURANT = "restaurant"
    HOSPITAL = "hospital"
    ELDER_CARE = "elder_care"
    SCHOOL = "school"
    OFFICE = "office"
    HOUSING = "housing"
    FACTORY = "factory"
    WAREHOUSE = "warehouse"
    EXPLOSIVE = "explosive"
    CULTURE = "culture"
    HERITAGE = "heritage"
    GOVERNMENT = "government"
