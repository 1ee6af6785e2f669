"""Logging in and out: who gets in, how long, and what a cookie that was copied is worth."""


import pytest
from web.conftest import EMAILS, Browser


@pytest.mark.parametrize("papel", EMAILS)
def test_each_papel_gets_in_with_their_password(browser: Browser, papel: str) -> None:
    response = browser.login(EMAILS[papel].upper())
    assert (response.status_code, response.location) == (303, "/")
    assert browser.get("/").status_code == 200
