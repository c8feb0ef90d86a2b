import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from sefar.app.label_sheet import LabelSheet

CLASSES = ['jump', 'turn, left', 'ß']


@pytest.fixture
def path(tmp_path):
    rows = [
        'clip,label,guess,probability,reason',
        'a.mp4,,jump,0.5,why',
        '"b, c.mp4",,ß,0.4,"x, y"',
    ]
    (tmp_path / 'next.csv').write_text('\n'.join(rows) + '\n', encoding='utf-8')
    return tmp_path / 'next.csv'


def labels(path):
    with open(path, newline='', encoding='utf-8') as file:
        return [row['label'] for row in csv.DictReader(file)]


def test_answers_are_on_the_disk_at_once(path):
    sheet = LabelSheet(path, CLASSES)
    assert sheet.left == 2
    sheet.set('b, c.mp4', 'turn, left')
    assert labels(path) == ['', 'turn, left'] and sheet.left == 1
    sheet.set('b, c.mp4', '')
    assert labels(path) == ['', '']
    assert LabelSheet(path, CLASSES).rows[1]['reason'] == 'x, y'
    assert [file.name for file in path.parent.iterdir()] == ['next.csv']


def test_columns_and_labels_of_others_stay(path):
    text = path.read_text().replace('reason\n', 'reason,athlete\n').replace('why\n', 'why,Eva\n')
    path.write_text(text)
    sheet = LabelSheet(path, CLASSES)
    sheet.set('b, c.mp4', 'jump')
    with open(path, newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert [row['athlete'] for row in rows] == ['Eva', '']
    path.write_text(path.read_text().replace('a.mp4,', 'a.mp4,ß'))  # in a spreadsheet, meanwhile
    sheet.set('b, c.mp4', '')
    assert labels(path) == ['ß', ''] and sheet.rows[0]['label'] == 'ß'
    path.write_text('clip,label\nother.mp4,\n')
    with pytest.raises(ValueError, match='no clip a.mp4; load the page again'):
        sheet.set('a.mp4', 'jump')
    assert labels(path) == [''] and sheet.rows[0]['clip'] == 'other.mp4'


def test_a_table_that_was_sorted_meanwhile_takes_labels_by_clip(path):
    sheet = LabelSheet(path, CLASSES)
    head, first, second = path.read_text().splitlines()
    path.write_text('\n'.join((head, second, first)) + '\n')
    sheet.set('a.mp4', 'jump')
    sheet.set('b, c.mp4', 'ß')
    assert labels(path) == ['ß', 'jump'] and sheet.rows[1]['clip'] == 'a.mp4'


def test_label_studio_and_csv_go_in_and_out(path):
    sheet = LabelSheet(path, CLASSES)
    sheet.set('a.mp4', 'ß')
    tasks = sheet.to_label_studio()
    assert tasks[0]['data'] == {'video': 'a.mp4'} and tasks[1]['annotations'] == []
    assert tasks[1]['predictions'][0]['result'][0]['value'] == {'choices': ['ß']}
    sheet.set('a.mp4', '')
    assert sheet.take(json.dumps(tasks)) == 1 and labels(path) == ['ß', '']
    assert sheet.take('clip,label\n"b, c.mp4",jump\nother.mp4,x\n') == 1
    assert labels(path) == ['ß', 'jump']
    for text, message in (
        ('clip,label\na.mp4,hop\n', "'hop' is none of the classes"),
        ('clip,label\nother.mp4,jump\n', 'none of its clips'),
        ('nonsense', 'no CSV'),
        ('[{"data": 3}, {"annotations": [{}]}]', 'no JSON export'),
    ):
        with pytest.raises(ValueError, match=message):
            sheet.take(text)
    assert labels(path) == ['ß', 'jump']


@pytest.mark.parametrize(
    ('clip', 'label', 'message'),
    [('c.mp4', 'jump', 'no clip c.mp4'), ('a.mp4', 'hop', "'hop' is none")],
)
def test_what_is_no_answer_is_refused(path, clip, label, message):
    sheet = LabelSheet(path, CLASSES)
    with pytest.raises(ValueError, match=message):
        sheet.set(clip, label)
    assert labels(path) == ['', '']


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (b'', 'no table of tools/label_next.py'),
        (b'\xff\xfe\x00', 'next.csv: is no text in UTF-8'),
        (b'clip,label\na.mp4,hop\n', "next.csv:2: 'hop' is none of the classes"),
    ],
)
def test_what_is_no_table_is_refused(path, text, message):
    path.write_bytes(text)
    with pytest.raises(ValueError, match=message):
        LabelSheet(path, CLASSES)


def test_what_a_spreadsheet_made_of_it_is_read(path):
    text = '\ufeffclip;label;guess\r\na.mp4; jump ;x\r\n"b, c.mp4";;x\r\n'
    path.write_text(text, encoding='utf-8')
    sheet = LabelSheet(path, CLASSES)
    assert [row['clip'] for row in sheet.rows] == ['a.mp4', 'b, c.mp4']
    assert [row['label'] for row in sheet.rows] == ['jump', '']
    assert sheet.take('\ufeffclip;label\n"b, c.mp4";ß\n') == 1
    assert labels(path) == ['jump', 'ß']


def test_columns_of_others_stay_as_they_are(path):
    path.write_text('clip,label,note\na.mp4,,"two\nlines "\n"b, c.mp4",,"\u2028one\nmore "\n')
    before = LabelSheet(path, CLASSES).rows
    LabelSheet(path, CLASSES).set('a.mp4', 'jump')
    after = LabelSheet(path, CLASSES).rows
    assert [row['clip'] for row in after] == ['a.mp4', 'b, c.mp4']
    assert after[1] == before[1] and after[1]['note'] == '\u2028one\nmore '


def test_a_killed_server_loses_no_acknowledged_answer(path):
    """Labels are set as fast as they go and told; the process is killed in the middle."""
    rows = ['clip,label'] + [f'{i}.mp4,' for i in range(400)]
    path.write_text('\n'.join(rows) + '\n')
    code = (
        'import sys; from pathlib import Path; from sefar.app.label_sheet import LabelSheet\n'
        "sheet = LabelSheet(Path(sys.argv[1]), ['x'])\n"
        "for i in range(400): sheet.set(f'{i}.mp4', 'x'); print(i, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, '-c', code, str(path)], stdout=subprocess.PIPE, text=True
    )
    process.stdout.readline()
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    told = [0, *map(int, process.stdout.read().split())]
    process.wait()
    found = labels(path)
    assert len(found) == 400 and all(found[i] == 'x' for i in told)
    assert sum(map(bool, found)) <= len(told) + 1
