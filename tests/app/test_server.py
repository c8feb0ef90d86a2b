"""What the page's server answers, by value."""

import http.client
import io
import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from sefar.evaluation.score_file import read_scores
from sefar.inference import Clip, Predictor, load_trained


def test_results_are_those_of_the_score_file(served, tested_run):
    ask, *_ = served
    said = ask('/api/results')
    scores = read_scores(tested_run / 'test/scores.npz')
    predicted = scores.networks['teacher'].argmax(1)
    assert said['name'] == 'my run' and said['classes'] == ['low', 'middle', 'high']
    by_name = {network['name']: network for network in said['networks']}
    assert list(by_name) == ['student', 'teacher']  # the one that predicts last
    assert by_name['teacher']['top1'] == pytest.approx((predicted == scores.labels).mean())
    confusion = np.array(said['confusion'])
    assert confusion.sum() == 6 and confusion.trace() == (predicted == scores.labels).sum()
    assert [len(said['curves'][name]) for name in ('loss_sup', 'teacher/acc/top1')] == [9, 1]
    assert sum(said['reliability']['clips']) == 6


def test_clips_are_found_by_class_and_name(served, tested_run):
    ask, *_ = served
    scores = read_scores(tested_run / 'test/scores.npz')
    predicted = scores.networks['teacher'].argmax(1)
    assert ask('/api/clips')['total'] == 6
    assert len(ask('/api/clips?limit=2&offset=5')['clips']) == 1
    wrong = ask('/api/clips?wrong=1')
    assert wrong['total'] == (predicted != scores.labels).sum()
    (only,) = ask('/api/clips?text=TEST_4')['clips']
    assert (only['number'], only['name'], only['label']) == (4, 'test_4.mp4', 1)
    pair = ask(f'/api/clips?true=1&predicted={predicted[4]}')
    assert {clip['number'] for clip in pair['clips']} == set(
        np.nonzero((scores.labels == 1) & (predicted == predicted[4]))[0].tolist()
    )


def test_the_pool_is_found_by_pseudo_label(served):
    ask, *_ = served
    assert ask('/api/results')['shown'] == ['clips', 'pool']
    sure = ask('/api/clips?of=pool&predicted=2&order=sure')
    assert (sure['total'], [c['number'] for c in sure['clips']][:5]) == (12, [0, 3, 6, 9, 1])
    unsure = ask('/api/clips?of=pool&order=unsure&limit=2&text=UNLABELLED')['clips']
    assert [(c['number'], c['confidence'], c['label']) for c in unsure] == [
        (2, pytest.approx(0.6), -1),
        (5, pytest.approx(0.6), -1),
    ]
    assert ask('/api/clips?of=pool&predicted=0')['total'] == 0
    assert ask('/api/clips?of=elsewhere') == {'total': 0, 'clips': []}
    assert ask('/api/clips?order=other')[0] == 400
    pictures = [ask(f'/api/{where}/5/thumbnail')[1] for where in ('pool', 'next')]
    assert pictures[0] == pictures[1] != ask('/api/pool/4/thumbnail')[1]


def test_pictures_show_the_clip(served):
    ask, *_ = served
    headers, content = ask('/api/clips/0/strip')
    strip = np.asarray(Image.open(io.BytesIO(content)))
    assert headers['X-Frames'] == '9' and strip.shape == (180, 9 * 180, 3)
    assert abs(float(strip.mean()) - 40) < 4  # its brightness
    _, content = ask('/api/clips/0/seen')
    seen = np.asarray(Image.open(io.BytesIO(content)))
    assert seen.shape == (300, 400, 3)  # elements of 2, 2 and 4 frames
    assert abs(float(seen[:90, :190].mean()) - 45) < 12 and seen[:90, 210:].min() > 240
    assert ask('/api/next/1/thumbnail')[0]['Content-Type'] == 'image/jpeg'


def test_predictions_are_those_of_the_command(served, checkpoint, clips):
    ask, *_ = served
    known = ask('/api/try/clips/2')
    path = clips / 'videos/test_2.mp4'
    (said,) = Predictor(load_trained(checkpoint))([Clip('x', str(path))])
    assert known['bars'][0]['probability'] == pytest.approx(float(said.probs.max()), abs=1e-6)
    assert known['bars'][0]['spread'] == pytest.approx(said.spread, abs=1e-6)
    sent = ask('/api/try?name=mine.mp4', path.read_bytes())
    assert sent['bars'] == known['bars'] and sent['clip'] == 'mine.mp4'


@pytest.mark.parametrize(
    ('path', 'body', 'status', 'message'),
    [
        ('/api/try?name=a.txt', b'x', 400, 'a.txt: wanted a video'),
        ('/api/try?name=a.mp4', b'no video', 400, 'a.mp4: '),
        ('/api/clips/6/strip', None, 400, 'no clip 6 of clips'),
        ('/api/other/0/strip', None, 400, 'no clip 0 of other'),
        ('/api/clips/0/source', None, 400, "no picture 'source'"),
        ('/api/label', b'{"clip": "a", "label": "hop"}', 400, "'hop' is none of the classes"),
        ('/api/label', b'{"clip": "x.mp4", "label": "low"}', 400, 'has no clip x.mp4'),
        ('/api/label', b'nonsense', 400, ''),
    ],
)
def test_faults_are_one_line(served, path, body, status, message):
    ask, _, table = served
    before = table.read_text()
    code, text = ask(path, body)
    assert code == status and message in text and '\n' not in text and '/tmp' not in text
    assert table.read_text() == before


def test_labels_are_set_and_taken(served):
    ask, _, table = served
    assert (
        ask('/api/label', json.dumps(dict(clip='unlabelled_2.mp4', label='high')).encode())['left']
        == 5
    )
    assert 'unlabelled_2.mp4,high,' in table.read_text()
    assert ask('/api/labels', b'clip,label\nunlabelled_0.mp4,low\n') == dict(taken=1, left=4)
    assert b'unlabelled_0.mp4,low,' in ask('/labels.csv')[1]
    assert ask('/labels.json')[2]['annotations']


def test_a_sorted_table_shows_and_labels_the_same_clips(served):
    ask, _, table = served
    numbers = {row['clip']: row['number'] for row in ask('/api/next')['rows']}
    film = ask(f'/api/next/{numbers["unlabelled_4.mp4"]}/thumbnail')[1]
    head, *rows = table.read_text().splitlines()
    table.write_text('\n'.join((head, *rows[::-1], 'unlabelled_9.mp4,,,,new')) + '\n')
    label = json.dumps(dict(clip='unlabelled_4.mp4', label='low')).encode()
    ask('/api/label', label)
    assert 'unlabelled_4.mp4,low,' in table.read_text()
    again = {row['clip']: row['number'] for row in ask('/api/next')['rows']}
    assert again == numbers | {'unlabelled_9.mp4': 6}
    assert ask(f'/api/next/{numbers["unlabelled_4.mp4"]}/thumbnail')[1] == film
    assert ask('/api/next/6/thumbnail')[0]['Content-Type'] == 'image/jpeg'


def test_results_of_another_checkpoint_are_told(tested_run, tmp_path):
    from sefar.app.run_folder import RunFolder

    shutil.copytree(tested_run, tmp_path / 'run')
    run = RunFolder(tmp_path / 'run')
    assert (
        run.checkpoint == tmp_path / 'run/epoch_3.pth'
    )  # the copy's, though the old path is there
    assert run.results()['stale'] == ''
    shutil.copy(tested_run / 'epoch_2.pth', run.checkpoint)  # trained anew
    said = RunFolder(tmp_path / 'run').results()['stale']
    assert 'are of another checkpoint than epoch_3.pth, the last one: test it' in said


def test_a_run_whose_checkpoint_has_no_config(tested_run, tmp_path):
    from sefar.app.run_folder import RunFolder

    shutil.copytree(tested_run, tmp_path / 'run')
    path = tmp_path / 'run/epoch_3.pth'
    saved = torch.load(path, weights_only=False)
    text = saved['meta'].pop('cfg')
    torch.save(saved, path)
    with pytest.raises(ValueError, match='holds no config; .* by --config'):
        _ = RunFolder(tmp_path / 'run').trained
    (tmp_path / 'own.py').write_text(text)
    assert RunFolder(tmp_path / 'run', str(tmp_path / 'own.py')).trained.classes


def test_nobody_else_reaches_it(served):
    """Other sites' pages change nothing, other names get nothing, no path leads out."""
    ask, address, table = served
    before = table.read_text()
    code, text = ask('/api/label', b'{"clip": "unlabelled_0.mp4", "label": "low"}', headers={})
    assert code == 403 and 'wants the header' in text and table.read_text() == before
    assert ask('/api/results', headers={'Host': 'evil.example'})[0] == 400
    port = int(address.rsplit(':', 1)[1])
    paths = (
        '/../setup.py',
        '/page.js/../../server.py',
        '/%2e%2e/%2e%2e/etc/passwd',
        '//etc/passwd',
    )
    for path in (*paths, '/api/clips/..%2f..%2fetc/passwd', '/page/page.js', '/server.py'):
        connection = http.client.HTTPConnection('127.0.0.1', port)
        connection.request('GET', path)  # as it stands, where urllib would tidy it
        assert connection.getresponse().status in (400, 404), path
        connection.close()
    headers, content = ask('/')
    assert "default-src 'self'" in headers['Content-Security-Policy'] and b'http' not in content
