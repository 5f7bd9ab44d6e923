"""Every operation there is, read from ninja's own registry: for the test that tries them all as a stranger."""

import re

from madoguchi.doors.api.urls import api

CONVERTER = re.compile(r"{[^}:]+:")


def operations() -> list[tuple[str, str]]:
    """(method, path template) of every operation, the path from the site's root: ("GET", "/api/v1/tickets/{ticket_id}")."""
    found = []
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                found += [(method, "/api/v1" + CONVERTER.sub("{", path)) for method in operation.methods]
    return sorted(found)
