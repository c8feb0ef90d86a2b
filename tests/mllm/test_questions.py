import json
from collections import Counter

import pytest

from sefar.mllm.questions import (
    Question,
    check_questions,
    make_questions,
    plain_name,
    read_hierarchy,
    read_questions,
    write_questions,
)
from tests.conftest import run_tool

CLASSES = [f'(FX) {a} {b}' for a in ('leap', 'turn') for b in ('one', 'two', 'three', 'four')]
CLASSES += ['(UB) leap one', '(UB) swing']
HIERARCHY = [('FX', 'leaps')] * 4 + [('FX', 'turns')] * 4 + [('UB', 'a')] * 2
CLIPS = [(f'clip_{i}', i % len(CLASSES), 20 + i) for i in range(103)]


@pytest.mark.parametrize('hierarchy', [None, HIERARCHY])
def test_questions_are_fair(hierarchy):
    questions = make_questions(CLIPS, CLASSES, hierarchy, seed=1)
    assert questions == make_questions(CLIPS, CLASSES, hierarchy, seed=1)
    assert questions != make_questions(CLIPS, CLASSES, hierarchy, seed=2)
    letters = Counter(q.answer for q in questions)
    assert sorted(letters.values()) == [25, 26, 26, 26]
    for (video, label, frames), question in zip(CLIPS, questions, strict=True):
        assert (question.video, question.frame_length) == (video, frames)
        assert question.options[question.answer] == plain_name(CLASSES[label])
        assert len(set(question.options)) == 4  # "leap one" exists twice and is never asked twice


def test_hard_choices_come_from_the_nearest_classes():
    questions = make_questions(CLIPS, CLASSES, HIERARCHY)
    for (_, label, _), question in zip(CLIPS, questions, strict=True):
        wrong = set(question.options) - {question.options[question.answer]}
        if label < 4:
            assert wrong == {f'leap {n}' for n in ('one', 'two', 'three', 'four')} - {
                plain_name(CLASSES[label])
            }
        if label == 8:
            assert 'swing' in wrong
    everything = make_questions(CLIPS, CLASSES)
    seen = {option for q in everything for option in q.options}
    assert seen == {plain_name(name) for name in CLASSES}


def test_files_round_trip_in_the_released_layout(tmp_path):
    questions = make_questions(CLIPS, CLASSES)
    write_questions(tmp_path / 'q.json', questions)
    assert read_questions(tmp_path / 'q.json') == questions
    first = (tmp_path / 'q.json').read_text().splitlines()[:4]
    assert first[:2] == ['{', '    "0000000": {'] and first[2].startswith('        "answer": "')


def test_released_files_read_and_write_back(shared_data, tmp_path):
    """The format, to the byte, and what is wrong with the released questions."""
    expected = {'all99_5/train.json': 15, 'all99_5/val.json': 92, 'all288_5/train.json': 8}
    for name, faults in expected.items():
        path = shared_data / 'gym_qa' / name
        questions = read_questions(path)
        write_questions(tmp_path / 'q.json', questions)
        assert json.loads((tmp_path / 'q.json').read_text()) == json.loads(path.read_text())
        found = check_questions(path)
        assert len(found) == faults and all('stands there twice' in line for line in found)


def test_checker_finds_each_fault(tmp_path):
    def write(name, questions):
        write_questions(tmp_path / name, questions)
        return tmp_path / name

    good = make_questions(CLIPS[:8], CLASSES)
    truth = {video: plain_name(CLASSES[label]) for video, label, _ in CLIPS[:8]}
    path = write('good.json', good)
    assert check_questions(path, truth) == []
    assert check_questions(path, truth, [path])[0].startswith('8 clips are asked about in')
    wrong = Question('0000008', 'clip_0', 'What?', ('a', 'a', 'b', 'c'), 0)
    found = check_questions(write('bad.json', [*good, wrong]), truth)
    assert found[0] == "0000008: the choice 'a' stands there twice"
    assert found[1] == "0000008: answers 'a', the clip is 'leap one'"
    assert found[2] == 'clip_0: 2 questions about it'
    stranger = Question('0000009', 'other', 'What?', ('a', 'd', 'b', 'c'), 0)
    assert '0000009: other is not in the list' in check_questions(
        write('bad.json', [stranger]), truth
    )
    always = [Question(f'{i:07d}', f'v{i}', 'What?', ('a', 'd', 'b', 'c'), 1) for i in range(40)]
    found = check_questions(write('bad.json', always))
    assert 'B: right 40 times of 40' in found and 'A: right 0 times of 40' in found


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('no json', 'is no JSON'),
        ('[]', 'wanted an object'),
        ('{"0000000": {"answer": "A"}}', 'question 0000000: found the keys'),
        (
            '{"0000000": {"answer": "E", "question": "W? A.a B.b C.c D.d", "answer_type": "what", '
            '"question_id": "0000000", "dataset": "d", "video": "v", "frame_length": 1}}',
            "found the answer 'E'",
        ),
        (
            '{"0000000": {"answer": "A", "question": "W? A.a B.b C.c", "answer_type": "what", '
            '"question_id": "0000000", "dataset": "d", "video": "v", "frame_length": 1}}',
            'wanted "… A.… B.… C.… D.…"',
        ),
    ],
)
def test_malformed_files_are_named(tmp_path, content, message):
    (tmp_path / 'q.json').write_text(content)
    with pytest.raises(ValueError, match='q.json: ') as error:
        read_questions(tmp_path / 'q.json')
    assert message in str(error.value)


def test_too_few_classes_and_broken_hierarchies(tmp_path):
    with pytest.raises(ValueError, match='3 different class names'):
        make_questions(CLIPS, ['a', 'b', 'c', '(FX) c'])
    (tmp_path / 'h.csv').write_text('label,event\n0,FX\n')
    with pytest.raises(ValueError, match='wanted the columns label, event, set'):
        read_hierarchy(tmp_path / 'h.csv', 1)
    (tmp_path / 'h.csv').write_text('label,event,set\n0,FX,1\n')
    with pytest.raises(ValueError, match='found the labels 0; wanted 0 to 1, each once'):
        read_hierarchy(tmp_path / 'h.csv', 2)
    (tmp_path / 'h.csv').write_text('label,event,set\n0,FX,1\none,FX,1\n')
    with pytest.raises(ValueError, match='found the labels 0, one; wanted'):
        read_hierarchy(tmp_path / 'h.csv', 2)
    (tmp_path / 'h.csv').write_text('label,event,set\n0,FX,1\n0,BB,1\n1,UB,2\n')
    with pytest.raises(ValueError, match='found the labels 0, 0, 1; wanted'):
        read_hierarchy(tmp_path / 'h.csv', 2)
    (tmp_path / 'h.csv').write_text('label,event,set\n1,FX,1\n0,BB,2\n', encoding='utf-8-sig')
    assert read_hierarchy(tmp_path / 'h.csv', 2) == [('BB', '2'), ('FX', '1')]


def test_tools_make_and_check(clips, tmp_path):
    (tmp_path / 'classes.txt').write_text('low\nmiddle\nhigh\nother\n')

    def call(name, *args):
        return run_tool(f'tools/data/{name}', *args)

    lists = [clips / 'test.txt', '--classes', tmp_path / 'classes.txt']
    made = call('make_gym_qa.py', *lists, '--clips', clips / 'videos', '--out', tmp_path / 'q.json')
    assert made.returncode == 0, made.stderr
    questions = read_questions(tmp_path / 'q.json')
    assert [q.frame_length for q in questions] == [9, 13, 17, 9, 13, 17]  # decoded, not guessed
    checked = call('check_gym_qa.py', tmp_path / 'q.json', '--list', *lists)
    assert checked.returncode == 0 and '0 findings' in checked.stdout
    twice = call('check_gym_qa.py', tmp_path / 'q.json', tmp_path / 'q.json')
    assert twice.returncode == 1 and '6 clips are asked about' in twice.stdout
    wrong = call('make_gym_qa.py', *lists, '--clips', tmp_path, '--out', tmp_path / 'r.json')
    assert wrong.returncode == 1 and 'test_0.mp4 is not there' in wrong.stderr
