"""A real browser that notes whatever a page does beyond showing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Request, Route

LATER = 30
"""Milliseconds that a page has, once loaded, to do what it should not."""
PATIENCE = 1000
"""Times that what will happen is waited for."""
INSIDE = """
() => {
  const elements = new Set((
    "a abbr aside b blockquote body br caption cite code col colgroup dd del details div dl dt em " +
    "figcaption figure footer h1 h2 h3 h4 h5 h6 head header hr html i img ins kbd li link main mark meta " +
    "nav ol p pre q s section small span strong style sub summary sup table tbody td tfoot th thead title " +
    "tr u ul"
  ).split(" "));
  const addresses = {a: /^(https?:|mailto:|#)/, img: /^data:image\\/(png|jpeg|svg\\+xml);base64,/, link: /^data:,$/};
  const attributes = new RegExp("^(on.*|style|srcset|srcdoc|action|formaction|ping|background|poster|manifest" +
    "|target|download|name|is)$");
  const beside = /^(\\.\\.\\/)?(communes\\/)?[a-z0-9-]+\\.(html|pdf|xlsx|csv)$/;  // the foot leads to the other files
  const drawn = new Set("svg title path text g rect circle ellipse line polyline polygon".split(" "));
  const found = [];
  for (const element of document.querySelectorAll("*")) {
    const name = element.localName;
    const [allowed, space] = element.closest("svg") ? [drawn, "2000/svg"] : [elements, "1999/xhtml"];
    if (!allowed.has(name) || element.namespaceURI !== `http://www.w3.org/${space}`) found.push(name);
    for (const {name: key, value} of element.attributes) {
      const ours = name === "meta" && key === "name";
      if (attributes.test(key) && !ours) found.push(`${name} ${key}`);
      const onward = name === "a" && element.matches("body > footer a, .pied a") && beside.test(value);
      if ((key === "href" || key === "src") && !(addresses[name] || /$^/).test(value) && !onward) {
        found.push(`${name} ${value}`);
      }
    }
  }
  const head = document.head;
  if (document.querySelectorAll("style").length !== 1) found.push("styles");
  if (document.querySelectorAll("meta[http-equiv]").length !== 1) found.push("http-equiv");
  if (head.firstElementChild.httpEquiv !== "Content-Security-Policy") found.push("no policy first");
  if (["main", "#contenu"].some(one => document.querySelectorAll(one).length !== 1)) found.push("a second main");
  const marks = /[\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]/;
  if (marks.test(document.documentElement.outerHTML)) found.push("bidi");
  return found;
}
"""


@dataclass
class Watched:
    """One tab: what the page just opened did, and which of its requests no policy stopped."""

    context: BrowserContext
    seen: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    address: str = ""

    def __post_init__(self) -> None:
        self.page = self._tab()

    def open(self, path: Path) -> list[str]:
        """Open a file, give it time, and tell what it did: nothing, if it is harmless."""
        if self.seen or self.left:  # what the former page began may end during the next
            self.page.close()
            self.page = self._tab()
        self.seen, self.left, self.address = [], [], path.as_uri()
        self.page.goto(self.address)
        self.page.wait_for_timeout(LATER)
        return self.seen

    def wait_until_left(self) -> None:
        """Wait for a page that opens another by itself."""
        self._wait(lambda: self.left)

    def wait_until_seen(self) -> list[str]:
        """Wait for a page that does something."""
        return self._wait(lambda: self.seen)

    def _wait(self, noted: Callable[[], list[str]]) -> list[str]:
        """Wait for something to be noted: a busy machine is slow to do it."""
        for _ in range(PATIENCE):
            if found := noted():
                return found
            self.page.wait_for_timeout(LATER)
        return []

    def _tab(self) -> Page:
        page = self.context.new_page()
        page.route("**/*", self.routed)
        page.on("request", self.requested)
        page.on("dialog", lambda dialog: (self.note("dialog", dialog.message), dialog.dismiss()))
        page.on("popup", lambda other: self.note("window", other.url))
        page.on("download", lambda one: self.note("download", one.url))
        page.on("websocket", lambda one: self.note("websocket", one.url))
        session = self.context.new_cdp_session(page)
        session.on("Debugger.scriptParsed", self.parsed)
        session.send("Debugger.enable")
        return page

    def inside(self) -> list[str]:
        """What the page should not hold."""
        found: list[str] = self.page.evaluate(INSIDE)
        return found

    def words(self) -> str:
        return self.page.inner_text("body")

    def note(self, what: str, which: str) -> None:
        self.seen.append(f"{what} {which}"[:200])

    def requested(self, request: Request) -> None:
        # What the address bar opens is no request of the page; pictures inside the page ask nothing of anybody.
        if request.url != self.address and not request.url.startswith("data:"):
            self.note("navigation" if request.is_navigation_request() else "request", request.url)

    def routed(self, route: Route) -> None:
        """Nothing leaves this machine, whatever a page asks for."""
        address = route.request.url
        if address == self.address or address.startswith(("data:", "about:")):
            route.continue_()
        else:
            self.left.append(address)
            route.abort()

    def parsed(self, script: dict[str, Any]) -> None:
        if script["url"] == self.address or script["url"].startswith(
            ("javascript:", "data:", "http")
        ):
            self.note("script", str(script["startLine"]))
