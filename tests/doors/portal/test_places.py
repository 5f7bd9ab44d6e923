"""Where in the network a visitor is counted (SECURITY.md: enumeration)."""

import pytest
from django.test import RequestFactory

from madoguchi.doors.shared.visitors import place_of


@pytest.mark.parametrize(
    ("proxies", "forwarded", "place"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "made up, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9, 198.51.100.1", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "not an address", "unknown"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "fe80::1%eth0", "fe80::"),
    ],
)
def test_a_place_is_told_by_the_outermost_proxy_of_ours_and_nobody_else(settings, proxies, forwarded, place):
    settings.PROXIES = proxies
    assert place_of(RequestFactory().get("/", headers={"x-forwarded-for": forwarded})) == place
