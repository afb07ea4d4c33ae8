#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a report by a small search and drives it in headless Chromium: any console error fails."""
import pathlib
import re
import subprocess
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--window-size=1280,1000"]


def small_report(dyad, experiment, folder):
    text = pathlib.Path(experiment).read_text()
    text = re.sub(r"population: *\d+", "population: 16", re.sub(r"generations: *\d+", "generations: 3", text))
    small = folder / "small.yaml"
    small.write_text(text)
    subprocess.run([dyad, "search", str(small), "-o", str(folder / "run"), "--quiet"], check=True)
    return folder / "run" / "report.html"


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


def expect(what, holds):
    if not holds:
        sys.exit(f"report: {what}")


def drive(browser):
    rows = browser.find_elements(By.CSS_SELECTOR, "#front tbody tr")
    expect("the front has no rows", rows)
    last = rows[-1].get_attribute("data-id")
    browser.execute_script("arguments[0].scrollIntoView(); arguments[0].click()", rows[-1])
    expect("a click on a row does not choose its pair", browser.find_element(By.ID, "pair-id").text == last)
    expect("the chosen pair shows no kernels", browser.find_elements(By.CSS_SELECTOR, "table.kernels tbody tr"))
    axis = Select(browser.find_element(By.ID, "axis-x"))
    axis.select_by_index(len(axis.options) - 1)
    expect("the axis did not switch", browser.execute_script("return scatter.options.scales.x.title.text").startswith(
        axis.first_selected_option.text))
    browser.execute_script("arguments[0].click()", browser.find_elements(By.CSS_SELECTOR, "#front thead button")[1])
    expect("the table did not sort", browser.find_elements(By.CSS_SELECTOR, "#front th[aria-sort=ascending]"))
    expect("points of the scatter cannot be clicked", click_point(browser))
    expect("the constants carry no sources", "pJ" in browser.find_element(By.ID, "manifest").text)
    width = browser.execute_script("return document.documentElement.scrollWidth")
    expect(f"the page is {width} px wide at 1280 px", width <= 1280)


def click_point(browser):
    """Clicks a front point other than the chosen one, where Chart.js drew it; tells whether another pair was chosen."""
    before = browser.execute_script("""
        const set = scatter.data.datasets.findIndex((s) => s.data.some((p) => byId.has(p.id) && p.id !== chosen) && s.label !== 'chosen pair');
        const index = scatter.data.datasets[set].data.findIndex((p) => p.id !== chosen);
        const before = chosen;
        const at = scatter.getDatasetMeta(set).data[index], box = scatter.canvas.getBoundingClientRect();
        scatter.canvas.dispatchEvent(new MouseEvent('click', {clientX: box.x + at.x, clientY: box.y + at.y, bubbles: true}));
        return before;""")
    # Chart.js answers events in the next frame.
    return browser.execute_async_script("const done = arguments[1]; setTimeout(() => done(chosen !== arguments[0]), 300)", before)


def main():
    dyad, experiment = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        report = small_report(dyad, experiment, folder)
        unit = unit_page(dyad, folder)
        for page in (report, unit):
            expect(f"{page.name} loads something from a network", not re.search(r'(src|href)="https?:', page.read_text()))
        browser = open_browser(folder / "profile")
        try:
            browser.get(report.as_uri())
            drive(browser)
            browser.get(unit.as_uri())
            look_at_unit(browser)
            errors = [line for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]
            expect(f"console: {errors}", not errors)
        finally:
            browser.quit()
    print("report: opened, clicked, sorted and switched without a console error")


if __name__ == "__main__":
    main()
