"""Who looks at a page, in which language and in which light?"""

from dataclasses import dataclass

from firewarden.api.policy import Principal, Scope, denial
from firewarden.dashboards.console.i18n import CATALOGUES, Language, Texts

LANGUAGE_COOKIE = "fw_lang"
THEME_COOKIE = "fw_theme"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a page looks to whoever opened it, signed in or not."""

    language: Language
    dark: bool

    @property
    def texts(self) -> Texts:
        """The catalogue of the language."""
        return CATALOGUES[self.language]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A signed-in person on one page. `token` is the session's, to be looked up again before every act."""

    principal: Principal
    token: str
    look: Look

    @property
    def name(self) -> str:
        """The name under which the person signs in and acts."""
        return self.principal.name

    @property
    def texts(self) -> Texts:
        """The catalogue of the person's language."""
        return self.look.texts

    def may(self, scope: Scope) -> bool:
        """Whether the person may use `scope`."""
        return denial(self.principal, scope) is None

    @property
    def may_act(self) -> bool:
        """Whether the person may take and close incidents."""
        return self.may(Scope.INCIDENTS_WRITE)
