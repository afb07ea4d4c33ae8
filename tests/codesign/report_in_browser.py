#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes reports by small searches and drives them in headless Chromium: any console error fails.

    report_in_browser.py DYAD EXPERIMENT              the test
    report_in_browser.py --speed REPORT.html          times of a redraw with 5,000 pairs, for scripts/benchmark
    report_in_browser.py --picture REPORT.html PNG    what a reader sees first, for the README
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--window-size=1280,1000"]


def expect(what, holds):
    if not holds:
        sys.exit(f"report: {what}")


def small_search(dyad, experiment, folder, name, seed):
    text = pathlib.Path(experiment).read_text()
    text = re.sub(r"population: *\d+", "population: 16", re.sub(r"generations: *\d+", "generations: 3", text))
    small = folder / "small.yaml"
    small.write_text(text)
    subprocess.run([dyad, "search", str(small), "-o", str(folder / name), "--seed", str(seed), "--quiet"], check=True)
    return folder / name


def full_report(dyad, experiment, folder):
    first, second = (small_search(dyad, experiment, folder, name, seed) for name, seed in (("run", 1), ("other", 2)))
    subprocess.run([dyad, "report", str(first), str(second), "--baseline", "--quiet", "-o", str(folder / "front.txt")], check=True)
    for name in ("report.md", "report.json", "front.csv", "front.json", "pareto.svg", "hypervolume.svg"):
        expect(f"{name} is missing", (first / name).stat().st_size > 100)
    expect("report.json is no JSON of a report", json.loads((first / "report.json").read_text())["schema"] == "dyad/report/2")
    return first / "report.html"


def unit_page(dyad, folder):
    page = folder / "unit.html"
    subprocess.run([dyad, "unit", "depthwise", "ws_array", "mobilenet_v3_small", "--quiet", "-o", str(page)], check=True)
    return page


def look_at_unit(browser):
    charts = browser.find_elements(By.CSS_SELECTOR, "svg[role=img][aria-label]")
    expect(f"the unit's page has {len(charts)} charts", len(charts) == 4)
    expect("a chart has no size", all(chart.size["height"] > 40 for chart in charts))
    expect("the unit's page has no caption on a table", len(browser.find_elements(By.CSS_SELECTOR, "table > caption"))
           == len(browser.find_elements(By.CSS_SELECTOR, "table")))
    width = browser.execute_script("return document.documentElement.scrollWidth")
    expect(f"the unit's page is {width} px wide at 1280 px", width <= 1280)


def open_browser(profile):
    options = webdriver.ChromeOptions()
    for flag in FLAGS + [f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


class Page:
    """The report as a reader uses it."""

    def __init__(self, browser):
        self.browser = browser

    def js(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def until(self, what, script):
        """Waits for what the browser does in its own time."""
        holds = self.browser.execute_async_script("const done = arguments[0]; let left = 100; const look = () => ("
                                                  + script + " || !left--) ? done(left >= 0) : setTimeout(look, 50); look();")
        expect(what, holds)

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def in_sight(self, selector):
        node = self.one(selector)
        self.js("arguments[0].scrollIntoView({block: 'center'})", node)
        return node

    def chosen(self):
        return int(self.one("#pair-id").text)

    def brushed(self):
        return self.js("return selection.brushed.length")

    def drag(self, node, start, by):
        """From `start` (pixels from the node's middle) by so much."""
        ActionChains(self.browser).move_to_element_with_offset(node, *start).click_and_hold().move_by_offset(*by).release().perform()


def point_away(page):
    """Where a front pair other than the chosen one is drawn, from the canvas's middle."""
    return page.js("""
        const point = scatter.points.find((p) => onFront(p.row) && data.pairs.ids[p.row] !== chosen && nearest(p.x, p.y) === p);
        const box = scatter.points.length && document.getElementById('scatter').getBoundingClientRect();
        return [data.pairs.ids[point.row], Math.round(point.x - box.width / 2), Math.round(point.y - box.height / 2)];""")


def check_names(page):
    names = page.js("return varied.map((gene) => short(data.genes[gene].name))")
    expect(f"two choices have the same short name: {names}", len(set(names)) == len(names))


def check_bars(page):
    cut = page.js("""return barred().filter((row) => {
        const y = Number($('axis-y').value), top = scatter.y.at(objective(row, y) + spread(row, y));
        return top < plotArea.top - 0.5; }).length""")
    expect(f"{cut} intervals are cut off by the frame", cut == 0)


def check_plot(page):
    canvas = page.in_sight("#scatter")
    wanted, x, y = point_away(page)
    ActionChains(page.browser).move_to_element_with_offset(canvas, x, y).click().perform()
    page.until(f"a click on pair {wanted} does not choose it", f"chosen === {wanted}")
    expect("no tip tells what the point is", "pair" in page.one("#tip").text)
    axis = Select(page.one("#axis-x"))
    before = page.js("return scatter.points.map((p) => p.x).join()")
    axis.select_by_index((axis.options.index(axis.first_selected_option) + 1) % len(axis.options))
    expect("the axis did not switch", page.js("return scatter.points.map((p) => p.x).join()") != before)
    colour = Select(page.one("#axis-colour"))
    for index in range(len(colour.options)):
        colour.select_by_index(index)
        expect(f"colouring by {colour.first_selected_option.text} has no legend", index == 0 or page.one("#legend").text)
    page.one("#bars").click()


def check_brush(page):
    every = page.brushed()
    page.drag(page.in_sight("#scatter"), (-150, -120), (300, 200))
    page.until("dragging did not brush", f"selection.brushed.length && selection.brushed.length < {every}")
    rows = page.js("return table.order.length")
    expect("the table does not follow the brush", rows == page.brushed())
    expect("the parallel coordinates show no brush", page.all("#parallel rect.brush"))
    page.js("arguments[0].focus()", page.one("#scatter"))
    page.one("#scatter").send_keys(Keys.ESCAPE)
    expect("Escape does not clear the brush", page.brushed() == every)
    axis = page.all("#parallel rect.catch")[0]
    page.js("arguments[0].scrollIntoView({block: 'center'})", axis)
    page.drag(axis, (0, -40), (0, 60))
    page.until("dragging along an axis did not brush", f"selection.brushed.length < {every}")
    page.one("#clear").click()


def check_filters(page):
    every = page.brushed()
    page.in_sight("details.filters > summary").click()
    button = page.all("#filters button.chip")[0]
    button.click()
    expect("a filter lets all pairs through", page.brushed() < every)
    expect("a filter that is off does not say so", button.get_attribute("aria-pressed") == "false")
    page.one("#clear").click()
    slid = page.js("""
        const [low, high] = settingSlider(varied[0]), ends = () => [Number(low.value), Number(high.value)], whole = ends();
        low.value = 1;
        low.dispatchEvent(new Event('change'));
        const narrowed = selection.settings.has(varied[0]);
        clearSelection();
        return [narrowed, String(ends()) === String(whole)];""")
    expect("a slider does not filter, or stays where it was when filters are cleared", slid == [True, True])
    number = page.all("#filters input[type=number]")[1]
    number.send_keys("1e-9", Keys.TAB)
    expect("a range typed in does nothing", page.brushed() < every)
    page.one("#clear").click()
    Select(page.one("#scope")).select_by_index(2)
    expect("the scope of the front shows other pairs", page.js("return selection.shown.every(onFront)"))
    Select(page.one("#scope")).select_by_index(0)


def check_table(page):
    page.in_sight("#rows")
    heads = page.all("#front thead button")
    page.js("arguments[0].click()", heads[2])
    column = page.js("return table.order.map((row) => table.columns[2].value(row))")
    expect("the table did not sort", column in (sorted(column), sorted(column, reverse=True)) and page.all("#front th[aria-sort=ascending], #front th[aria-sort=descending]"))
    row = page.all("#front tbody tr.row")[3]
    page.js("arguments[0].click()", row)
    expect("a click on a row does not choose its pair", page.chosen() == int(page.one("#front tr.chosen").get_attribute("data-id")))
    page.js("arguments[0].focus()", page.one("#front tr.chosen"))
    before = page.chosen()
    page.browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    expect("the arrow keys do not go through the table", page.chosen() != before)
    expect("the table gives no CSV", page.js("return tableCsv().split('\\n').length") > page.brushed())


def check_keyboard(page):
    page.js("arguments[0].focus()", page.one("#scatter"))
    page.one("#scatter").send_keys(Keys.HOME)
    seen = set()
    for key in (Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_UP, Keys.ARROW_LEFT):
        page.one("#scatter").send_keys(key)
        seen.add(page.chosen())
    expect("the arrow keys do not go from pair to pair", len(seen) > 1)
    expect("nobody hears which pair was chosen", str(page.chosen()) in page.one("#status").get_attribute("textContent"))


def check_pair(page):
    page.js("choose(data.picks[1] ? data.picks[1].id : data.picks[0].id)")
    page.js("arguments[0].focus()", page.one("#scatter"))
    page.one("#scatter").send_keys(Keys.ENTER)
    page.until("Enter does not open the pair's page", "document.body.classList.contains('alone')")
    expect("a pair's page has no address of its own", f"#pair-{page.chosen()}" in page.browser.current_url)
    expect("other parts stand on a pair's page", not page.one("#explore").is_displayed() and page.one("#pair").is_displayed())
    titles = [node.get_attribute("aria-label") for node in page.all("#pair svg.figure")]
    for title in ("Block diagram", "Time, energy", "Timeline", "Use of buffer", "Roofline"):
        expect(f"a pair's page has no figure '{title}'", any(title in t for t in titles))
    sizes = page.js("return [...document.querySelectorAll('#pair svg.figure')].map((n) => n.getBoundingClientRect().height)")
    expect("a figure of the pair's page has no height", min(sizes) > 40)
    expect("energy is not shown by component", "dram" in page.one("table.energy").text)
    page.one("#pair details > summary").click()
    expect("the chosen pair shows no kernels", page.all("table.kernels tbody tr"))
    page.in_sight("#back").click()
    page.until("there is no way back from a pair's page", "!document.body.classList.contains('alone')")
    expect("the report is not back", page.one("#explore").is_displayed())


def check_rest(page):
    for part, words in {"matters-note": "variance", "course-note": "random pairs", "comparison-body": "hypervolume", "robustness-body": "sram.read",
                        "trust-body": "closed forms", "manifest-body": "pJ"}.items():
        expect(f"#{part} does not speak of {words}", words in page.one(f"#{part}").get_attribute("textContent"))
    objective = Select(page.one("#matters-objective"))
    objective.select_by_index(len(objective.options) - 1)
    expect("no choice matters", page.all("#shares svg rect") and page.all("#effects svg circle"))
    expect("the random baseline is not drawn", len(page.all("#hypervolume path.line")) == 3)
    broken = page.js("return [...document.querySelectorAll('svg *')].filter((n) => [...n.attributes].some((a) => /NaN|Infinity|undefined/.test(a.value))).map((n) => n.outerHTML)")
    expect(f"a figure holds no numbers: {broken[:2]}", not broken)
    unnamed = page.js("return [...document.querySelectorAll('button, select, input, a')].filter((n) => !(n.textContent.trim() || n.ariaLabel || n.labels && n.labels.length)).length")
    expect(f"{unnamed} controls have no name", unnamed == 0)
    width = page.js("return document.documentElement.scrollWidth")
    expect(f"the page is {width} px wide at 1280 px", width <= 1280)
    paper = page.browser.print_page()
    expect("the page does not print", len(paper) > 20000)


def many_pairs(report, folder, wanted):
    """The report with its pairs repeated until there are as many as wanted, each a little elsewhere."""
    page = pathlib.Path(report).read_text()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    data = json.loads(found[1])
    pairs = data["pairs"]
    own = len(pairs["ids"])
    source = [i % own for i in range(wanted)]
    shift = [1 + (i // own) * 0.0007 + (i * 7919 % 1000) * 1e-5 for i in range(wanted)]
    pairs["ids"] = pairs["ids"] + [max(pairs["ids"]) + 1 + i for i in range(wanted - own)] if wanted > own else pairs["ids"][:wanted]
    pairs["state"] = [pairs["state"][i] for i in source]
    pairs["objectives"] = [[column[i] * factor for i, factor in zip(source, shift)] for column in pairs["objectives"]]
    pairs["spread"] = [column and [column[i] for i in source] for column in pairs["spread"]]
    pairs["genes"] = [[column[i] for i in source] for column in pairs["genes"]]
    many = folder / "many.html"
    many.write_text(page[:found.start(1)] + json.dumps(data).replace("<", "\\u003c") + page[found.end(1):])
    return many


def redraw_times(browser, many):
    """Milliseconds of each redraw (median of nine, with the brush moving), and of the frame that shows it."""
    browser.get(many.as_uri())
    return browser.execute_async_script("""
        const done = arguments[0], times = {pairs: rows.length, scatter: [], parallel: [], table: [], all: []};
        const values = rows.map((row) => objective(row, 0)).sort((a, b) => a - b);
        let round = 0;
        const next = () => {
          const start = performance.now();
          setRange(0, [values[Math.floor(values.length * round / 40)], values[Math.floor(values.length * (0.6 + round / 40))]]);
          requestAnimationFrame(() => setTimeout(() => {
            times.all.push(performance.now() - start);
            times.scatter.push(scatter.drawn); times.parallel.push(parallel.drawn); times.table.push(table.drawn);
            round += 1;
            if (round < 9) next(); else done(times);
          }, 0));
        };
        next();""")


def speed(report):
    with tempfile.TemporaryDirectory() as scratch:
        browser = open_browser(pathlib.Path(scratch) / "profile")
        try:
            times = redraw_times(browser, many_pairs(report, pathlib.Path(scratch), 5000))
        finally:
            browser.quit()
    middle = {name: sorted(values)[len(values) // 2] for name, values in times.items() if name != "pairs"}
    print(f"report: {times['pairs']} pairs redrawn as the brush moves: plot {middle['scatter']:.1f} ms, parallel coordinates {middle['parallel']:.1f} ms, "
          f"table {middle['table']:.1f} ms; until the frame is shown {middle['all']:.0f} ms")


def picture(report, image):
    FLAGS[-1] = "--window-size=1280,1500"
    with tempfile.TemporaryDirectory() as scratch:
        browser = open_browser(pathlib.Path(scratch) / "profile")
        try:
            browser.get(pathlib.Path(report).resolve().as_uri())
            browser.execute_script("document.body.style.overflow = 'hidden'; document.documentElement.style.overflow = 'hidden'")
            browser.save_screenshot(image)
        finally:
            browser.quit()


def drive(browser, report):
    browser.get(report.as_uri())
    page = Page(browser)
    for check in (check_names, check_bars, check_plot, check_brush, check_filters, check_table, check_keyboard, check_pair, check_rest):
        check(page)


def main():
    dyad, experiment = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        report = full_report(dyad, experiment, folder)
        unit = unit_page(dyad, folder)
        for page in (report, unit):
            expect(f"{page.name} loads something from a network", not re.search(r'(src|href)="https?:', page.read_text()))
        browser = open_browser(folder / "profile")
        try:
            drive(browser, report)
            times = redraw_times(browser, many_pairs(report, folder, 5000))
            expect("5,000 pairs are not drawn", times["pairs"] == 5000 and len(browser.find_elements(By.CSS_SELECTOR, "#front *, #explore *")) < 4000)
            browser.get(unit.as_uri())
            look_at_unit(browser)
            errors = [line for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]
            expect(f"console: {errors}", not errors)
        finally:
            browser.quit()
    print("report: opened, clicked, brushed, filtered, sorted, switched, typed and printed without a console error")


if __name__ == "__main__":
    if sys.argv[1] == "--speed":
        speed(sys.argv[2])
    elif sys.argv[1] == "--picture":
        picture(sys.argv[2], sys.argv[3])
    else:
        main()
