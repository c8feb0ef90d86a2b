"""The page in a real browser: Debian's Chromium, without a window."""

import csv
import shutil

import numpy as np
import pytest
from PIL import Image

from sefar.analysis.html_report import write_html

CHROMIUM = shutil.which('chromium')
sync_api = pytest.importorskip('playwright.sync_api')
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason='no chromium on this machine (apt-get install chromium)'
)


@pytest.fixture
def page(served):
    """A page whose requests and errors are kept."""
    _, address, table = served
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox'])
        opened = browser.new_page(viewport=dict(width=1200, height=900))
        opened.faults, opened.asked = [], []
        opened.on('pageerror', lambda error: opened.faults.append(str(error)))
        opened.on('request', lambda request: opened.asked.append(request.url))
        opened.goto(address)
        opened.wait_for_selector('.card.main')
        yield opened, table
        assert opened.faults == []
        assert all(url.startswith((address, 'data:', 'blob:')) for url in opened.asked)
        browser.close()


def labels(table):
    with open(table, newline='') as file:
        return [row['label'] for row in csv.DictReader(file)]


def test_results_and_a_cell_that_opens_its_clips(page):
    opened, _ = page
    assert 'predicts' in opened.inner_text('.card.main')
    assert opened.locator('#confusion td').count() == 9
    cell = opened.locator('#confusion td', has_text='2').first
    cell.click()
    sync_api.expect(opened.locator('#clips:not([hidden]) .tile')).to_have_count(2)
    opened.locator('.tile').first.click()
    opened.wait_for_selector('dialog[open] canvas')
    opened.wait_for_selector('dialog[open] .rows .name')
    sync_api.expect(opened.locator('.seen')).to_have_js_property('naturalWidth', 400)
    opened.keyboard.press('Escape')


@pytest.fixture
def stale(monkeypatch):
    from sefar.app.run_folder import RunFolder

    monkeypatch.setattr(RunFolder, 'stale', 'of another checkpoint')


def test_results_of_another_checkpoint_are_said_on_the_page(stale, page):
    opened, _ = page
    sync_api.expect(opened.locator('#grid .tile')).not_to_have_count(0)  # all is asked for
    assert opened.inner_text('#stale') == 'of another checkpoint'


@pytest.fixture
def many(monkeypatch):
    from sefar.app.run_folder import RunFolder

    results = RunFolder.results

    def of_many_classes(run):
        confusion = np.diag(np.full(50, 9))
        confusion[49, 3], confusion[7, 49] = 5, 2
        classes = [f'class {i}' for i in range(50)]
        return results(run) | dict(classes=classes, confusion=confusion.tolist())

    monkeypatch.setattr(RunFolder, 'results', of_many_classes)


def test_of_many_classes_those_with_mistakes_are_in_the_table(many, page):
    opened, _ = page
    sync_api.expect(opened.locator('#grid .tile')).not_to_have_count(0)  # all is asked for
    assert 'The 40 of 50 classes with the most mistakes.' in opened.inner_text('#confusion')
    names = opened.locator('#confusion thead th').all_inner_texts()[1:]
    assert names == [f'class {i}' for i in [*range(39), 49]]
    wrong = opened.locator('#confusion td[title="class 49 taken for class 3: 5"]')
    assert wrong.inner_text() == '5' and opened.locator('#confusion td').count() == 1600


def test_the_pool_is_looked_through(page):
    opened, _ = page
    opened.click('nav >> text=Clips')
    sync_api.expect(opened.locator('.tile')).to_have_count(6)
    opened.select_option('#of select', 'pool')
    sync_api.expect(opened.locator('.tile')).to_have_count(12)
    assert opened.is_hidden('#true') and opened.inner_text('#predicted') == 'pseudo label'
    opened.select_option('[name=order]', 'unsure')
    sync_api.expect(opened.locator('.tile p').first).to_have_text('unlabelled_2.mp4')
    opened.select_option('[name=predicted]', label='low')
    sync_api.expect(opened.locator('#count')).to_have_text('0 clips')


def test_a_clip_is_tried(page, clips):
    opened, _ = page
    opened.click('nav >> text=Try')
    opened.set_input_files('#upload', str(clips / 'videos/test_1.mp4'))
    opened.wait_for_selector('#said .rows .name')
    assert opened.locator('#said .name').count() == 3


def test_clips_are_labelled_by_keys(page):
    """1 to 9, type-ahead, undo and skip; every answer is in the file at once."""
    opened, table = page
    opened.click('nav >> text=Label next')
    opened.wait_for_selector('#stage canvas')
    assert '6 of 6 left' in opened.inner_text('#left')

    def left(number):
        sync_api.expect(opened.locator('#left')).to_have_text(f'{number} of 6 left')

    opened.keyboard.press('1')  # the guess comes first
    left(5)
    assert labels(table)[0] == 'middle'
    opened.keyboard.type('hi')
    opened.keyboard.press('Enter')
    left(4)
    assert labels(table)[:2] == ['middle', 'high']
    opened.keyboard.press('Backspace')
    left(5)
    assert labels(table)[:2] == ['middle', '']
    opened.keyboard.press('ArrowRight')
    sync_api.expect(opened.locator('#reason')).to_contain_text('_2.mp4')
    opened.locator('.choices button', has_text='low').click()
    left(4)
    assert labels(table) == ['middle', '', 'low', '', '', '']
    opened.reload()  # a browser that was closed goes on where it was
    left(4)


def test_it_fits_a_phone(page):
    opened, _ = page
    opened.set_viewport_size(dict(width=390, height=844))
    for tab in ('Results', 'Clips', 'Try', 'Label next'):
        opened.click(f'nav >> text={tab}')
        opened.wait_for_timeout(100)
        assert opened.evaluate('document.documentElement.scrollWidth') <= 390


def test_the_report_file_shows_its_pictures_without_a_network(tmp_path):
    for name, side in (('a', 30), ('b_c', 50)):
        Image.new('RGB', (side, side)).save(tmp_path / f'{name}.png')
    figures = [tmp_path / 'a.png', tmp_path / 'b_c.png']
    rows = [('SeFAR <b>', '90.0 ± 1.0')]
    write_html(tmp_path / 'report.html', 'Test accuracy', ('model', 'top-1 %'), rows, figures)
    for figure in figures:
        figure.unlink()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox'])
        opened = browser.new_page()
        asked = []
        opened.on('request', lambda request: asked.append(request.url))
        opened.goto((tmp_path / 'report.html').as_uri())
        widths = opened.evaluate('[...document.images].map((image) => image.naturalWidth)')
        assert widths == [30, 50] and opened.inner_text('td') == 'SeFAR <b>'
        assert all(url.startswith(('file:', 'data:')) for url in asked)
        browser.close()
