"""What an edge may call takes an actor first and asks a permission: itself, or through what it calls."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "webapp" / "services"
EDGES = ("admin", "tasks", "webapp/http", "webapp/cli")
Name = tuple[str, str]  # module, function

ASKING: set[Name] = {
    ("access", "require"),
    ("access", "require_part"),
    # A guest has no role: the link that names the participant, and the code, are the permission.
    ("guests", "own_row"),
    ("visit_guests", "own_request"),
}
BEFORE_ANY_SCOPE = "finds out who comes, or changes the caller's own account, before any school is open"
CLOCKWORK = "runs by the clock over all schools and opens each school's own scope; no person calls it"
INSTALLATION = "sets an installation up, or looks at its health, from the command line"
ASKED_BEFORE = "adds to a page or an act whose permission was asked; the policies hide every other row"
GUESTS_OWN = "reads or writes nothing but what belongs to the guest's own link"
EXCEPTIONS: dict[str, str] = {
    "accounts.choose_language": BEFORE_ANY_SCOPE,
    "accounts.create_user": INSTALLATION,
    "accounts.mail_password_reset": BEFORE_ANY_SCOPE,
    "accounts.own_sessions": BEFORE_ANY_SCOPE,
    "accounts.revoke_own_session": BEFORE_ANY_SCOPE,
    "access.get": ASKED_BEFORE,
    "activity_documents.kinds": "answers from declarations alone, and reads nothing",
    "activity_documents.numbered": "answers from declarations alone, and reads nothing",
    "activity_fields.writers": ASKED_BEFORE,
    "advocacy_view.read": ASKED_BEFORE,
    "attachments.of_activity": ASKED_BEFORE,
    "audit.record": ASKED_BEFORE,
    "boot.check": INSTALLATION,
    "boot.ensure_platform": INSTALLATION,
    "boot.held_since": INSTALLATION,
    "calendar_feeds.find": BEFORE_ANY_SCOPE,
    "calendar_feeds.is_guessing": BEFORE_ANY_SCOPE,
    "calendar_feeds.of_person": BEFORE_ANY_SCOPE,
    "clashes.of_view": ASKED_BEFORE,
    "conduct_view.view": ASKED_BEFORE,
    "conference_request.made": ASKED_BEFORE,
    "content.writers": ASKED_BEFORE,
    "digest_choices.find": BEFORE_ANY_SCOPE,
    "digest_choices.switch": BEFORE_ANY_SCOPE,
    "digest_preview.kinds_at": "answers from roles alone, and reads nothing",
    "digest_preview.preview": BEFORE_ANY_SCOPE,
    "dues.reconcile": CLOCKWORK,
    "dues_list.list_due": INSTALLATION,
    "dues_sweep.sweep": CLOCKWORK,
    "guest_conduct.view": GUESTS_OWN,
    "guest_view.letterhead": GUESTS_OWN,
    "guests.cookie_name": GUESTS_OWN,
    "guests.enter_code": GUESTS_OWN,
    "guests.identify": BEFORE_ANY_SCOPE,
    "housekeeping.clear": CLOCKWORK,
    "identity.actor_at": BEFORE_ANY_SCOPE,
    "identity.find_place": BEFORE_ANY_SCOPE,
    "identity.hash_secret": BEFORE_ANY_SCOPE,
    "identity.revoke": BEFORE_ANY_SCOPE,
    "identity.session_user": BEFORE_ANY_SCOPE,
    "identity.workplaces": BEFORE_ANY_SCOPE,
    "imports.sweep": CLOCKWORK,
    "involvement_report.cell": "writes a figure that was read already, and reads nothing",
    "involvement_report.drawn": "draws figures that were read already, and reads nothing",
    "link_guesses.is_guessing": BEFORE_ANY_SCOPE,
    "links.guest_url": GUESTS_OWN,
    "faults.place": "names the class and the line of an error, and reads nothing",
    "mailbox.empty": CLOCKWORK,
    "mailbox.only_reader": CLOCKWORK,
    "outbox_claims.return_stale": CLOCKWORK,
    "outbox_clock.bring_forward": CLOCKWORK,
    "outbox_clock.is_set_back": CLOCKWORK,
    "outbox_delivery.deliver": CLOCKWORK,
    "participants.of": ASKED_BEFORE,
    "people.display_names": ASKED_BEFORE,
    "people.staff": ASKED_BEFORE,
    "reports.run_due": CLOCKWORK,
    "requesters.by_address": BEFORE_ANY_SCOPE,
    "sending.hold": ASKED_BEFORE,
    "sending.is_held": INSTALLATION,
    "sending.release": INSTALLATION,
    "sign_in_throttle.forgive": BEFORE_ANY_SCOPE,
    "sign_in_throttle.is_closed": BEFORE_ANY_SCOPE,
    "sign_in_throttle.record_failure": BEFORE_ANY_SCOPE,
    "status.held_since": INSTALLATION,
    "status.last_sweeps": INSTALLATION,
    "status.problems": INSTALLATION,
    "status.queue_lengths": INSTALLATION,
    "status.record_sweep": CLOCKWORK,
    "status.work_figures": INSTALLATION,
    "students.may_open_card": "answers whether a permission is held, and reads nothing",
    "visit_desk.desk": ASKED_BEFORE,
    "visit_guests.identify": BEFORE_ANY_SCOPE,
}
"""Functions that edges call and that ask nothing, with the reason; whatever else may not."""


class Imported:
    """What the names of a file mean: modules of the services, or functions out of them."""

    def __init__(self, tree: ast.Module) -> None:
        self.modules: dict[str, str] = {}
        self.functions: dict[str, Name] = {}
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or node.module is None:
                continue
            for alias in node.names:
                name = alias.asname or alias.name
                if node.module == "webapp.services":
                    self.modules[name] = alias.name
                elif node.module.startswith("webapp.services."):
                    self.functions[name] = (node.module.rpartition(".")[2], alias.name)

    def used(self, tree: ast.AST) -> set[Name]:
        """Functions of the services that a piece of code names, called or handed on."""
        found: set[Name] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                module = self.modules.get(node.value.id)
                if module is not None:
                    found.add((module, node.attr))
            elif isinstance(node, ast.Name) and node.id in self.functions:
                found.add(self.functions[node.id])
        return found


def services() -> tuple[dict[Name, ast.FunctionDef], dict[Name, set[Name]]]:
    """Every function of the services, and which of them each one uses."""
    functions: dict[Name, ast.FunctionDef] = {}
    uses: dict[Name, set[Name]] = {}
    for path in sorted(SERVICES.glob("*.py")):
        tree = ast.parse(path.read_text())
        imported = Imported(tree)
        own = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for name, node in own.items():
            functions[path.stem, name] = node
            here = {
                (path.stem, part.id)
                for part in ast.walk(node)
                if isinstance(part, ast.Name) and part.id in own
            }
            uses[path.stem, name] = imported.used(node) | here
    return functions, uses


def those_who_ask(uses: dict[Name, set[Name]]) -> set[Name]:
    """Functions that ask a permission, directly or through what they use."""
    asking = set(ASKING)
    while True:
        more = {name for name, used in uses.items() if name not in asking and used & asking}
        if not more:
            return asking
        asking |= more


def called_by_edges(functions: dict[Name, ast.FunctionDef]) -> set[Name]:
    found: set[Name] = set()
    for folder in EDGES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text())
            found |= Imported(tree).used(tree)
    return {name for name in found if name in functions}


def takes_an_actor_first(function: ast.FunctionDef) -> bool:
    arguments = function.args.args
    return (
        bool(arguments)
        and arguments[0].annotation is not None
        and ast.unparse(arguments[0].annotation) == "Actor"
    )


def test_every_service_that_an_edge_calls_takes_an_actor_and_asks_a_permission():
    functions, uses = services()
    asking = those_who_ask(uses)
    called = called_by_edges(functions)
    silent = {
        ".".join(name) for name in called if name not in asking or not takes_an_actor_first(functions[name])
    }
    assert silent - set(EXCEPTIONS) == set(), "ask a permission, or say in EXCEPTIONS why none is asked"
    assert set(EXCEPTIONS) - silent == set(), "stale exceptions: these ask now, or are called no more"
    assert len(called) - len(silent) > 100, "the walk finds the services"


def test_the_walk_tells_those_who_ask_from_those_who_do_not():
    """The positive control: known askers are found through the functions between, and silent ones are not."""
    _, uses = services()
    asking = those_who_ask(uses)
    assert ("cases", "open_case") in asking
    assert ("commitments", "report") in asking, "asks through a private function"
    assert ("guest_mail", "send_code") in asking, "asks as a guest"
    assert ("people", "display_names") not in asking
    assert ("dues", "cancel") not in asking


def test_a_permission_that_nothing_asks_for_is_not_in_the_table():
    from webapp.domain.permissions import Permission

    source = "\n".join(
        path.read_text() for folder in ("webapp", "admin") for path in (ROOT / folder).rglob("*.py")
    )
    idle = {permission.name for permission in Permission if source.count(f"Permission.{permission.name}") < 2}
    assert idle == set()
