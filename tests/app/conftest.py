import csv
import json
import shutil
import socket
import threading
import time
import urllib.error
import urllib.request
from copy import deepcopy

import numpy as np
import pytest
from mmengine.runner import Runner

from sefar.evaluation.score_file import Scores


@pytest.fixture(scope='session')
def tested_run(trained_run, tmp_path_factory):
    """A copy of the run's work dir that was tested."""
    folder, cfg = trained_run
    work = tmp_path_factory.mktemp('tested') / 'my run'
    shutil.copytree(folder, work)
    cfg = deepcopy(cfg)
    cfg.load_from = str(work / 'epoch_3.pth')
    cfg.work_dir = str(work / 'test')
    cfg.experiment_name = 'tested_for_the_page'
    Runner.from_cfg(cfg).test()
    return work


@pytest.fixture
def served(tested_run, clips, tmp_path):
    """A served page: how to ask it, its address, and its table of clips to label."""
    uvicorn = pytest.importorskip('uvicorn')
    from sefar.app.label_sheet import LabelSheet
    from sefar.app.run_folder import RunFolder
    from sefar.app.scored_clips import ScoredClips
    from sefar.app.server import Server

    table = tmp_path / 'next.csv'
    with open(table, 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(('clip', 'label', 'guess', 'probability', 'reason'))
        for i in range(6):
            writer.writerow((f'unlabelled_{i}.mp4', '', 'middle', '0.5', f'reason {i}'))
    run = RunFolder(tested_run)
    names = [f'unlabelled_{i}.mp4' for i in range(12)]
    chances = np.array([[0.1 * (i % 3), 0.2, 0.8 - 0.1 * (i % 3)] for i in range(12)])
    labels = np.full(12, -1)
    root = f'{clips}/videos/'
    pool = ScoredClips(Scores(names, labels, dict(mean=chances), run.classes, root))
    sheet = LabelSheet(table, run.classes)
    server = Server(run, sheet, clips / 'videos', 'the command', pool)
    # Bound before uvicorn takes it, so that nobody else can.
    sock = socket.create_server(('127.0.0.1', 0))
    port = sock.getsockname()[1]
    # Its own logging would close the log files of runs before, in which other tests go on.
    config = uvicorn.Config(server.app(['127.0.0.1']), log_level='warning', log_config=None)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, args=([sock],), daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.05)
    address = f'http://127.0.0.1:{port}'

    def ask(path, body=None, headers=None):
        headers = {'X-SeFAR': '1'} if headers is None else headers
        request = urllib.request.Request(address + path, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request) as answer:
                content, sent = answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            return error.code, json.loads(text)['error'] if text.startswith('{') else text
        return json.loads(content) if sent['Content-Type'].endswith('json') else (sent, content)

    yield ask, address, table
    running.should_exit = True
    thread.join(10)
