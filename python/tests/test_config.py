"""SimulatorConfig: fields, checks, value semantics."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stillwater_kpu as kpu
from stillwater_kpu._engines import shared_connection
from stillwater_kpu.config import ALIASES, DEFAULTS, FIELD_NAMES, FIELDS, LISTS

RATE_ENDINGS = ("_gbps", "_ghz", "_range", "_ns")
WHOLE = [
    name
    for name in FIELD_NAMES
    if isinstance(DEFAULTS[name], int) and not isinstance(DEFAULTS[name], bool) and not name.endswith(RATE_ENDINGS)
]
RATES = [name for name in FIELD_NAMES if name.endswith(RATE_ENDINGS)]
CHOICES = [
    *["array_model", "dataflow", "dram_mapping", "dram_page_policy", "dram_part", "dram_refresh", "fidelity"],
    *["hazard_policy", "host_link", "network_topology", "reach_policy", "vector_functions"],
    *["host_memory_ecc", "memory_ecc", "l3_tile_ecc", "l2_bank_ecc", "scratchpad_ecc"],
]
ORIGINAL = {
    "host_memory_region_count": 1, "host_memory_region_capacity_mb": 4096, "host_memory_bandwidth_gbps": 50,
    "memory_bank_count": 2, "memory_bank_capacity_mb": 1024, "memory_bandwidth_gbps": 100, "l3_tile_count": 4,
    "l3_tile_capacity_kb": 128, "l2_bank_count": 8, "l2_bank_capacity_kb": 64, "scratchpad_count": 2,
    "scratchpad_capacity_kb": 64, "compute_tile_count": 2, "dma_engine_count": 2, "block_mover_count": 4,
    "streamer_count": 8, "systolic_array_rows": 16, "systolic_array_cols": 16, "use_systolic_arrays": True,
    "host_memory_base": 0, "external_memory_base": 0, "l3_tile_base": 0, "l2_bank_base": 0, "scratchpad_base": 0,
}  # fmt: skip


def test_the_defaults_of_the_original() -> None:
    config = kpu.SimulatorConfig()
    assert {name: getattr(config, name) for name in ORIGINAL} == ORIGINAL


def test_fields_are_those_of_the_engine() -> None:
    description = shared_connection().query(None, "describe")
    described = description["fields"]
    lists = [(each["flat"], each["count"], each["keys"]) for each in description["lists"]]
    assert lists == [(name, field.count, field.keys) for name, field in LISTS.items()]
    assert [field["flat"] for field in described] + list(LISTS) == list(FIELD_NAMES)
    for field in described:
        name = field["flat"]
        assert field["default"] == DEFAULTS[name], name
        assert isinstance(field["default"], bool) == isinstance(DEFAULTS[name], bool), name
        assert field["unit"] == FIELDS[name].unit, name
        assert tuple(field["choices"]) == tuple(getattr(FIELDS[name], "choices", ())), name


def test_every_field_is_documented() -> None:
    for name, field in FIELDS.items():
        assert len(field.__doc__ or "") > 15, name
        assert getattr(kpu.SimulatorConfig, name) is field


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("bad", [-1, 1.0, 2.5, True, None, "2", [1], 2**53, float("nan")], ids=repr)
def test_whole_fields_refuse(name: str, bad: object) -> None:
    config = kpu.SimulatorConfig()
    with pytest.raises(ValueError, match=name) as raised:
        setattr(config, name, bad)
    assert raised.value.code == "KPU_CONFIG"
    assert isinstance(raised.value, TypeError) == (bad != 2**53)
    assert getattr(config, name) == DEFAULTS[name]
    with pytest.raises(ValueError, match=name):
        kpu.SimulatorConfig(**{name: bad})


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("bad", [0, -1, -0.5, float("nan"), float("inf"), True, None, "2", 1j], ids=repr)
def test_rate_fields_refuse(name: str, bad: object) -> None:
    with pytest.raises(kpu.ConfigError, match=name) as raised:
        setattr(kpu.SimulatorConfig(), name, bad)
    assert isinstance(raised.value, TypeError) == ((bad in (True, None, "2", 1j) and bad != 1.0) or bad is True)


@pytest.mark.parametrize("bad", [0, 1, None, "True", 1.0], ids=repr)
def test_the_flag_refuses(bad: object) -> None:
    with pytest.raises(kpu.ConfigTypeError, match="use_systolic_arrays"):
        kpu.SimulatorConfig(use_systolic_arrays=bad)


@pytest.mark.parametrize("name", CHOICES)
def test_choices(name: str) -> None:
    for choice in FIELDS[name].choices:
        assert getattr(kpu.SimulatorConfig(**{name: choice}), name) == choice
    with pytest.raises(kpu.ConfigTypeError, match=name):
        kpu.SimulatorConfig(**{name: 1})
    with pytest.raises(kpu.ConfigError, match=r"'functional', 'transaction'.*did you mean 'functional'"):
        kpu.SimulatorConfig(fidelity="functionl")


def test_numbers_of_numpy_are_numbers() -> None:
    np = pytest.importorskip("numpy")
    config = kpu.SimulatorConfig(
        memory_bank_count=np.int64(3), clock_ghz=np.float32(0.5), use_systolic_arrays=np.bool_(0)
    )
    assert (config.memory_bank_count, config.clock_ghz, config.use_systolic_arrays) == (3, 0.5, False)
    assert [type(value) for value in (config.memory_bank_count, config.clock_ghz)] == [int, float]
    assert json.loads(json.dumps(config.to_dict())) == config.to_dict()
    with pytest.raises(kpu.ConfigTypeError):
        config.memory_bank_count = np.float64(3)


def test_unknown_fields_name_the_nearest() -> None:
    config = kpu.SimulatorConfig()
    with pytest.raises(AttributeError, match="did you mean 'memory_bank_count'"):
        config.memory_banks_count = 3
    with pytest.raises(AttributeError, match="did you mean 'scratchpad_count'"):
        config.scratchpads_count  # noqa: B018
    with pytest.raises(TypeError, match="did you mean 'clock_ghz'"):
        kpu.SimulatorConfig(clock_gz=1)
    with pytest.raises(TypeError, match="did you mean 'l1_buffer_count'"):
        kpu.SimulatorConfig.from_dict({"l1_bufer_count": 1})
    with pytest.raises(AttributeError):
        del config.memory_bank_count


@pytest.mark.parametrize("alias", list(ALIASES))
def test_aliases_are_the_same_field(alias: str) -> None:
    name = ALIASES[alias]
    value = False if name == "use_systolic_arrays" else 32
    by_keyword = kpu.SimulatorConfig(**{alias: value})
    assigned = kpu.SimulatorConfig()
    setattr(assigned, alias, value)
    assert by_keyword == assigned == kpu.SimulatorConfig(**{name: value})
    assert getattr(by_keyword, alias) == getattr(by_keyword, name) == value
    assert alias not in by_keyword.to_dict()
    other = True if value is False else 33
    with pytest.raises(TypeError, match="same field"):
        kpu.SimulatorConfig(**{alias: other, name: value})


values = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.integers(0, 2**53 - 1) for name in WHOLE},
        **{name: st.one_of(st.integers(1, 2**40), st.floats(1e-6, 1e12)) for name in RATES},
        "use_systolic_arrays": st.booleans(),
        "timing_only": st.booleans(),
        **{name: st.sampled_from(FIELDS[name].choices) for name in CHOICES},
    },
)


@given(values)
def test_value_semantics(fields: dict[str, object]) -> None:
    config = kpu.SimulatorConfig(**fields)
    for name in FIELD_NAMES:
        assert getattr(config, name) == fields.get(name, DEFAULTS[name])
    others = [
        config.copy(),
        copy.copy(config),
        copy.deepcopy(config),
        pickle.loads(pickle.dumps(config)),
        eval(repr(config), {"SimulatorConfig": kpu.SimulatorConfig}),
        kpu.SimulatorConfig.from_dict(config.to_dict()),
        kpu.SimulatorConfig.from_dict(json.loads(json.dumps(config.to_dict()))),
    ]
    for other in others:
        assert other == config
        assert other is not config
        other.memory_bank_count = (config.memory_bank_count + 1) % 2**50
        assert other != config
    assert config != fields


def test_configurations_have_no_hash_and_show_themselves() -> None:
    config = kpu.SimulatorConfig(memory_bank_count=5)
    with pytest.raises(TypeError):
        hash(config)
    assert repr(config) == "SimulatorConfig(memory_bank_count=5)"
    html = config._repr_html_()
    assert "<script" not in html
    assert "memory_bank_count" in html
    assert "default 2" in html


def test_a_simulator_keeps_its_own_copy() -> None:
    config = kpu.SimulatorConfig(memory_bank_count=3)
    with kpu.KPUSimulator(config) as sim:
        config.memory_bank_count = 7
        assert sim.get_memory_bank_count() == sim.config.memory_bank_count == 3
        sim.config.memory_bank_count = 8
        assert sim.config.memory_bank_count == 3


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"memory_bank_count": 0, "host_memory_region_count": 0}, "no memory"),
        ({"memory_bank_capacity_mb": 0}, "memory_bank_capacity_mb"),
        ({"external_memory_base": 4096}, "overlap"),
        ({"memory_bank_count": 2**20 + 1}, "memory_bank_count"),
        ({"systolic_array_rows": 0}, "systolic_array_rows"),
    ],
)
def test_fields_that_do_not_fit_together(fields: dict[str, int], message: str) -> None:
    with pytest.raises(kpu.ConfigError, match=message) as raised:
        kpu.KPUSimulator(kpu.SimulatorConfig(**fields))
    assert raised.value.code == "KPU_CONFIG"


def test_only_a_configuration_is_one() -> None:
    with pytest.raises(TypeError, match="from_dict"):
        kpu.KPUSimulator({"memory_bank_count": 2})
    with pytest.raises(TypeError, match="int"):
        kpu.KPUSimulator(3)


def test_the_version_is_the_projects() -> None:
    package = Path(__file__).resolve().parents[2] / "package.json"
    assert kpu.__version__ == json.loads(package.read_text(encoding="utf-8"))["version"]
