import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement

from sefar.datasets.seeding import SeededIndex
from sefar.features import extract
from sefar.features.frame_encoder import FrameEncoder
from sefar.mllm.choice_accuracy import ChoiceAccuracy
from sefar.mllm.questions import LETTERS, PROMPT, Question, make_questions, write_questions
from tests.conftest import ROOT, run_tool, tiny_config

transformers = pytest.importorskip('transformers', reason="pip install -e '.[mllm]'")

from sefar.mllm.answerer import MultipleChoiceAnswerer, parse_letter  # noqa: E402
from sefar.mllm.language_model import load_language_model  # noqa: E402
from sefar.mllm.question_dataset import QuestionDataset  # noqa: E402
from sefar.mllm.tiny_language_model import (  # noqa: E402
    TEMPLATE,
    ReadingTask,
    train_language_model,
    word_tokenizer,
)

CLASSES = ['low beam', 'middle beam', 'high beam', 'other bar']
BRIDGE = dict(feature_width=64, num_queries=3, hidden_size=16, num_layers=2, num_heads=2)


@pytest.fixture(scope='module')
def language_model(tmp_path_factory):
    """A random one, whose tokenizer knows the words of the classes."""
    folder = tmp_path_factory.mktemp('language_model')
    torch.manual_seed(0)
    texts = [TEMPLATE.format(video=' ', question=PROMPT), 'A.x B.x C.x D.x', *CLASSES]
    tokenizer = word_tokenizer(texts)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, initializer_range=0.3, bos_token_id=1, eos_token_id=2,
        pad_token_id=0,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope='module')
def data(clips, tmp_path_factory):
    """Questions about the six test clips, and their features by a random recognizer."""
    folder = tmp_path_factory.mktemp('data')
    init_default_scope('mmaction')
    tiny_config(clips, folder).dump(folder / 'config.py')
    features = folder / 'features'
    extract(
        str(folder / 'config.py'), None, clips / 'test.txt', clips / 'videos', features, 'elements'
    )
    questions = make_questions([(f'test_{i}', i % 3, 9) for i in range(6)], CLASSES)
    write_questions(folder / 'qa.json', questions)
    return folder, questions


def build(language_model, **kwargs):
    return MultipleChoiceAnswerer(
        dict(path=language_model, dtype='float32'), BRIDGE, **kwargs
    ).eval()


def ask(model, questions, features):
    samples = [BaseDataElement(question=question) for question in questions]
    with torch.no_grad():
        return model(list(features), samples, mode='predict')


def test_tokens_are_words(language_model):
    tokenizer = load_language_model(language_model, 'float32')[1]
    tokens = tokenizer.convert_ids_to_tokens(tokenizer('Video: A.low beam Answer: B').input_ids)
    assert tokens == ['<s>', 'Video:', 'A.', 'low', 'beam', 'Answer:', 'B']


def test_what_the_bridge_says_is_read_like_words(language_model, monkeypatch):
    """With the embedding of a description in the bridge's place, logits are those of the text."""
    model = build(language_model)
    short = Question('0', 'v', PROMPT, ('low', 'middle beam', 'high', 'bar'), 1)
    long = Question('1', 'v', PROMPT, tuple(CLASSES), 2)
    words = {'low beam': 2}
    ids = torch.tensor([model.tokenizer(t, add_special_tokens=False).input_ids for t in words])
    spoken = model.llm.get_input_embeddings()(ids)
    monkeypatch.setattr(
        model.bridge, 'forward', lambda features: spoken.expand(len(features), -1, -1)
    )
    features = torch.zeros(2, 3, 64)
    answers = ask(model, [short, long], features)
    for question, sample in zip((short, long), answers, strict=True):
        text = TEMPLATE.format(video='low beam', question=question.text)
        with torch.no_grad():  # by itself, without padding
            logits = model.llm(**model.tokenizer(text, return_tensors='pt')).logits[0, -1]
        letters = model.tokenizer.convert_tokens_to_ids(list(LETTERS))
        # The likelihood of a letter among four, by hand.
        scores = [float(logits[letter].exp()) for letter in letters]
        expected = [score / sum(scores) for score in scores]
        assert sample.choice_probs.tolist() == pytest.approx(expected, rel=1e-4)
        first = model.tokenizer.decode([int(logits.argmax())])
        assert sample.generated.startswith(first) or first in ('</s>', '<pad>', '<s>', '<unk>')


def test_answers_do_not_depend_on_the_batch(language_model):
    model = build(language_model)
    torch.manual_seed(1)
    features = torch.randn(3, 3, 64)
    questions = [
        Question('0', 'v', PROMPT, ('low', 'bar', 'high', 'beam'), 0),
        Question('1', 'v', PROMPT, tuple(CLASSES), 2),
        Question('2', 'v', PROMPT, ('low beam', 'bar', 'high', 'other'), 3),
    ]
    together = ask(model, questions, features)
    for i, question in enumerate(questions):
        (alone,) = ask(model, [question], features[i : i + 1])
        torch.testing.assert_close(alone.choice_probs, together[i].choice_probs)
        assert alone.generated == together[i].generated


def runner_on(data, language_model, work_dir, **options):
    folder, _ = data
    cfg = Config.fromfile(str(ROOT / 'configs/sefar/mllm/qa_synthgym.py'))
    cfg.model.update(language_model=dict(path=language_model, dtype='float32'), bridge=BRIDGE)
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        loader.batch_size = 3
        loader.dataset.update(
            question_file=str(folder / 'qa.json'), features=str(folder / 'features')
        )
    cfg.train_cfg.max_epochs = 2
    cfg.param_scheduler = []
    cfg.merge_from_dict(dict(work_dir=str(work_dir), randomness=dict(seed=0), **options))
    return Runner.from_cfg(cfg)


def test_only_the_bridge_learns(data, language_model, tmp_path):
    runner = runner_on(data, language_model, tmp_path)
    before = {key: value.clone() for key, value in runner.model.llm.state_dict().items()}
    bridge = {key: value.clone() for key, value in runner.model.bridge.named_parameters()}
    runner.train()
    for key, value in runner.model.llm.state_dict().items():
        assert torch.equal(value, before[key])  # to the bit
    assert all(p.grad is None for p in runner.model.llm.parameters())
    assert not any(module.training for module in runner.model.llm.modules())
    moved = [
        name for name, p in runner.model.bridge.named_parameters() if not p.equal(bridge[name])
    ]
    assert {'queries', 'projection.weight', 'norm.weight'} <= set(moved)
    metrics = runner.test()
    assert set(metrics) == {f'choice/{n}' for n in ('likelihood', 'generation', 'answered')}

    state = torch.load(tmp_path / 'epoch_2.pth', weights_only=True)['state_dict']
    assert state and all(key.startswith('bridge.') for key in state)
    other = build(language_model)
    other.load_state_dict(state)  # strict, though the language model is not in it
    for name, p in other.bridge.named_parameters():
        assert p.equal(runner.model.bridge.get_parameter(name))


def test_interrupted_training_ends_with_the_same_bridge(data, language_model, tmp_path):
    whole = runner_on(data, language_model, tmp_path / 'whole')
    whole.train()
    first = runner_on(data, language_model, tmp_path / 'cut', **{'train_cfg.max_epochs': 1})
    first.train()
    second = runner_on(data, language_model, tmp_path / 'cut', resume=True)
    second.train()
    for name, p in second.model.bridge.named_parameters():
        assert p.equal(whole.model.bridge.get_parameter(name)), name


def test_questions_are_dealt_anew_and_stay_right(data):
    folder, questions = data
    dataset = QuestionDataset(str(folder / 'qa.json'), str(folder / 'features'), True)
    answers = set()
    for seed in range(20):
        sample = dataset[SeededIndex(2, seed)]
        question = sample['data_samples'].question
        assert question.options[question.answer] == questions[2].options[questions[2].answer]
        assert sorted(question.options) == sorted(questions[2].options)
        assert question == dataset[SeededIndex(2, seed)]['data_samples'].question
        answers.add(question.answer)
    assert answers == {0, 1, 2, 3} and sample['inputs'].shape == (3, 64)
    plain = QuestionDataset(str(folder / 'qa.json'), str(folder / 'features'))
    assert [plain[i]['data_samples'].question for i in range(6)] == questions


def test_clips_without_features_are_named(data, tmp_path):
    write_questions(tmp_path / 'q.json', make_questions([('stranger', 0, 9)], CLASSES))
    with pytest.raises(ValueError, match='1 clips have no features in .*, such as stranger'):
        QuestionDataset(str(tmp_path / 'q.json'), str(data[0] / 'features'))


def test_nothing_is_asked_of_a_clip_that_could_not_be_read(data, clips, tmp_path):
    (tmp_path / 'test_0.mp4').write_text('no video')
    (tmp_path / 'list.txt').write_text(f'{clips}/videos/test_1.mp4\ntest_0.mp4\n')
    config = str(data[0] / 'config.py')
    extract(config, None, tmp_path / 'list.txt', tmp_path, tmp_path / 'features')
    write_questions(tmp_path / 'q.json', make_questions([('test_0', 0, 9)], CLASSES))
    with pytest.raises(ValueError, match=r'1 clips that could not be read .*, such as test_0\.mp4'):
        QuestionDataset(str(tmp_path / 'q.json'), str(tmp_path / 'features'))


def test_accuracy_by_hand():
    metric = ChoiceAccuracy()
    rows = [(0, [0.9, 0.1, 0, 0], 'A'), (1, [0.6, 0.4, 0, 0], 'B.'), (2, [0, 0, 1, 0], 'the ape')]
    metric.process(None, [
        dict(question=Question('0', 'v', 'p', ('a', 'b', 'c', 'd'), answer),
             choice_probs=torch.tensor(probs), generated=text)
        for answer, probs, text in rows
    ])  # fmt: skip
    found = metric.compute_metrics(metric.results)
    assert found == dict(likelihood=2 / 3, generation=2 / 3, answered=2 / 3)


@pytest.mark.parametrize(
    ('text', 'expected'),
    [('B', 1), (' C.', 2), ('Answer: D because', 3), ('(A)', 0), ('BAD', None), ('', None)],
)
def test_free_answers_are_parsed(text, expected):
    assert parse_letter(text) == expected


def test_a_language_model_learns_to_read(tmp_path):
    share = train_language_model(CLASSES, None, tmp_path, max_steps=1500, batch_size=32, goal=0.95)
    assert share >= 0.95
    model, tokenizer = load_language_model(str(tmp_path), 'float32')
    question = Question('0', 'v', PROMPT, tuple(CLASSES), 0)
    for index, letter in enumerate(LETTERS):
        text = TEMPLATE.format(video=CLASSES[index], question=question.text)
        logits = model(**tokenizer(text, return_tensors='pt')).logits[0, -1]
        assert tokenizer.decode([int(logits.argmax())]) == letter


def test_few_words_make_enough_texts_to_choose_among():
    task = ReadingTask(['left', 'right', 'arm left', 'arm right'], None, 0)
    assert task.first == 2 and len(set(task.draw(2).options)) == 4
    assert ReadingTask(CLASSES, None, 0).first == 1


def test_a_language_model_that_does_not_learn_is_an_error(tmp_path):
    with pytest.raises(RuntimeError, match='stopped at level 1 of 3'):
        train_language_model(CLASSES, None, tmp_path, max_steps=2, batch_size=4)
    assert not list(tmp_path.iterdir())


def test_frames_by_an_image_encoder(clips, tmp_path):
    config = transformers.CLIPVisionConfig(
        hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        image_size=32, patch_size=16,
    )  # fmt: skip
    model = transformers.CLIPVisionModel(config).eval()
    model.save_pretrained(tmp_path)
    settings = dict(image_mean=[0.5] * 3, image_std=[0.25] * 3)
    (tmp_path / 'preprocessor_config.json').write_text(json.dumps(settings))
    paths = [clips / 'videos/test_0.mp4', clips / 'videos/test_1.mp4']
    found = FrameEncoder(str(tmp_path), 'elements').files(paths)
    assert found.shape == (2, 8, 16)
    grey = torch.full((1, 3, 32, 32), (40 / 255 - 0.5) / 0.25)  # every frame of test_0 is 40
    with torch.no_grad():
        expected = model(pixel_values=grey).pooler_output[0].numpy()
    np.testing.assert_allclose(found[0], np.tile(expected, (8, 1)), atol=0.05)
    assert FrameEncoder(str(tmp_path), 'patches').files(paths).shape == (2, 8 * 5, 16)
    store = extract(
        f'transformers:{tmp_path}', None, clips / 'test.txt', clips / 'videos', tmp_path / 'out',
        kind='elements',
    )  # fmt: skip
    np.testing.assert_allclose(store.of('test_1.mp4'), found[1], atol=1e-6)
    with pytest.raises(ValueError, match="has 'elements' and 'patches'"):
        FrameEncoder(str(tmp_path), 'fused')
    with pytest.raises(ValueError, match='brings its own weights'):
        extract(
            f'transformers:{tmp_path}', 'epoch_1.pth', clips / 'test.txt', clips / 'videos',
            tmp_path / 'more', kind='elements',
        )  # fmt: skip


@pytest.mark.parametrize(
    ('name', 'options', 'kind', 'said'),
    [
        ('ConvNext', dict(hidden_sizes=[8] * 4, depths=[1] * 4), 'patches', r'\(8, 8, 1, 1\)'),
        ('ResNet', dict(embedding_size=8, hidden_sizes=[8], depths=[1]), 'elements', 'size=None'),
        ('ViTMAE', dict(hidden_size=16, num_attention_heads=2), 'patches', 'of whole square'),
    ],
)
def test_image_encoders_that_have_no_such_features(tmp_path, name, options, kind, said):
    config = getattr(transformers, f'{name}Config')(**options)
    if name == 'ConvNext':
        config.image_size = 32
    getattr(transformers, f'{name}Model')(config).save_pretrained(tmp_path)
    settings = dict(image_mean=[0.5] * 3, image_std=[0.25] * 3)
    (tmp_path / 'preprocessor_config.json').write_text(json.dumps(settings))
    with pytest.raises(ValueError, match=said):
        FrameEncoder(str(tmp_path), kind)([np.zeros((8, 32, 32, 3), np.float32)])


def test_wrong_configs(language_model):
    with pytest.raises(ValueError, match='wanted {video} and then {question}'):
        build(language_model, template='{question} {video}')
    with pytest.raises(OSError, match='no/such/model: no language model in such a folder'):
        load_language_model('no/such/model')
    with pytest.raises(ValueError, match='bits=3: wanted 8, 4 or None'):
        load_language_model(language_model, bits=3)


def test_adapters_train_with_the_bridge(language_model):
    pytest.importorskip('peft', reason='peft is absent: pip install peft')
    model = MultipleChoiceAnswerer(
        dict(path=language_model, dtype='float32', lora=dict(r=2, target_modules=['q_proj'])),
        BRIDGE,
    )
    trained = {name for name, p in model.named_parameters() if p.requires_grad and 'llm' in name}
    assert trained and all('lora' in name for name in trained)
    assert {key for key in model.state_dict() if key.startswith('llm.')} == trained


def test_ask_answers_about_one_clip(data, language_model, clips, tmp_path):
    folder, questions = data
    model = build(language_model)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'bridge.pth')
    features = torch.from_numpy(
        QuestionDataset(str(folder / 'qa.json'), str(folder / 'features')).store[4]
    )
    (expected,) = ask(model, [questions[4]], features[None])

    def call(question):
        return run_tool(
            'tools/ask.py', clips / 'videos/test_4.mp4', '--question', question,
            '--config', ROOT / 'configs/sefar/mllm/qa_synthgym.py',
            '--checkpoint', tmp_path / 'bridge.pth', '--vision', folder / 'config.py', 'none',
            '--cfg-options', f'model.language_model.path={language_model}',
            *(f'model.bridge.{key}={value}' for key, value in BRIDGE.items()),
        )  # fmt: skip

    done = call(questions[4].text)
    assert done.returncode == 0, done.stderr
    for probability in expected.choice_probs.tolist():
        assert f'{probability:.3f}' in done.stdout
    wrong = call('What is this?')  # no choices
    assert wrong.returncode == 1 and 'wanted "… A.… B.… C.… D.…"' in wrong.stderr
