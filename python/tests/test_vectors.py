"""Vector units: functions, combinations, reductions and norms of matrices in scratchpads, and the ends of products."""

from __future__ import annotations

import inspect
import math
import struct

import pytest

import stillwater_kpu as kpu
from stillwater_kpu import ActivationType

VALUES = [-3.0, -0.5, 0.0, 0.25, 1.0, 4.0]
STARTS = [name for name in dir(kpu.KPUSimulator) if name.startswith("start_vector_")]


def rounded(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


TRUE_FUNCTIONS = {
    ActivationType.NONE: lambda x: x,
    ActivationType.RELU: lambda x: max(x, 0.0),
    ActivationType.GELU: lambda x: x * 0.5 * math.erfc(-x / math.sqrt(2)),
    ActivationType.SIGMOID: lambda x: 1 / (1 + math.exp(-x)),
    ActivationType.TANH: math.tanh,
    ActivationType.SILU: lambda x: x / (1 + math.exp(-x)),
    ActivationType.SOFTPLUS: lambda x: math.log1p(math.exp(x)),
    ActivationType.LEAKY_RELU: lambda x: x if x >= 0 else x * 0.5,
}


def test_activation_types() -> None:
    names = ["NONE", "RELU", "GELU", "SIGMOID", "TANH", "SILU", "SOFTPLUS", "LEAKY_RELU"]
    assert [(each.name, each.value) for each in ActivationType] == list(zip(names, range(8)))
    assert str(ActivationType.SILU) == "ActivationType.SILU"
    assert not hasattr(kpu, "NONE")


@pytest.mark.parametrize("activation", ActivationType, ids=str)
def test_functions(sim: kpu.KPUSimulator, activation: ActivationType) -> None:
    sim.write_scratchpad(1, 0, VALUES)
    sim.start_vector_activation(1, 1, 2, 3, 0, 256, activation, slope=0.5)
    sim.run_until_idle()
    assert sim.read_scratchpad(1, 256, 6) == [rounded(TRUE_FUNCTIONS[activation](x)) for x in VALUES]
    assert sim.get_current_cycle() == 2 + 3
    assert sim.get_statistics()["vector"][1]["elements_processed"] == 6


def test_a_bias_and_a_number_for_the_function(sim: kpu.KPUSimulator) -> None:
    sim.write_scratchpad(0, 0, VALUES)
    sim.write_scratchpad(0, 64, [1.0, 0.0, -1.0])
    sim.start_vector_activation(0, 0, 2, 3, 0, 0, 1, bias_addr=64)
    sim.run_until_idle()
    assert sim.read_scratchpad(0, 0, 6) == [0.0, 0.0, 0.0, 1.25, 1.0, 3.0]


@pytest.mark.parametrize(
    ("operation", "other", "expected"),
    [
        ("add", {"row_addr": 64}, [-2.0, 1.5, 3.0, 1.25, 3.0, 7.0]),
        ("subtract", {"column_addr": 64}, [-4.0, -1.5, -1.0, -1.75, -1.0, 2.0]),
        ("multiply", {"matrix_addr": 0}, [9.0, 0.25, 0.0, 0.0625, 1.0, 16.0]),
        ("maximum", {"scalar": 0.3}, [rounded(0.3)] * 4 + [1.0, 4.0]),
        ("add", {"scalar": 1e300}, [math.inf] * 6),
    ],
)
def test_elementwise(sim: kpu.KPUSimulator, operation: str, other: dict[str, int], expected: list[float]) -> None:
    sim.write_scratchpad(0, 0, VALUES)
    sim.write_scratchpad(0, 64, [1.0, 2.0, 3.0])
    sim.start_vector_elementwise(0, 0, operation, 2, 3, 0, 128, **other)
    sim.run_until_idle()
    assert sim.read_scratchpad(0, 128, 6) == expected


@pytest.mark.parametrize(("reduction", "expected"), [("max", [0.0, 4.0]), ("sum", [-3.5, 5.25]), ("mean", None)])
def test_reductions(sim: kpu.KPUSimulator, reduction: str, expected: list[float] | None) -> None:
    sim.write_scratchpad(0, 0, VALUES)
    sim.start_vector_reduction(0, 0, reduction, 2, 3, 0, 128)
    sim.run_until_idle()
    assert sim.read_scratchpad(0, 128, 3) == [*(expected or [rounded(-3.5 / 3), 1.75]), 0.0]


def test_norms_and_softmax_against_numpy(sim: kpu.KPUSimulator) -> None:
    np = pytest.importorskip("numpy")
    x = np.random.default_rng(7).normal(size=(9, 21)).astype(np.float32)
    gamma, beta = x[0] * 3, x[1] + 1
    sim.write_scratchpad_numpy(0, 0, x)
    sim.write_scratchpad_numpy(0, 8192, gamma)
    sim.write_scratchpad_numpy(0, 12288, beta)
    done: list[int] = []

    def note() -> None:
        done.append(sim.get_current_cycle())

    sim.start_vector_softmax(0, 0, 9, 21, 0, 16384, note)
    sim.start_vector_layernorm(0, 0, 9, 21, 0, 20480, note, gamma_addr=8192, beta_addr=12288, epsilon=0.5)
    sim.start_vector_rmsnorm(0, 0, 9, 21, 0, 24576, note, gamma_addr=8192)
    assert (sim.is_vector_busy(0), sim.get_vector_queue_size(0), sim.is_vector_busy(1)) == (True, 3, False)
    sim.run_until_idle()
    passes = 9 * 3 + 3
    assert done == [3 * passes, 6 * passes, 8 * passes]
    wide = x.astype(np.float64)
    exponentials = np.exp(wide - wide.max(axis=1, keepdims=True))
    softmax = exponentials / exponentials.sum(axis=1, keepdims=True)
    centred = wide - wide.mean(axis=1, keepdims=True)
    layernorm = centred / np.sqrt(wide.var(axis=1, keepdims=True) + 0.5) * gamma + beta
    rmsnorm = wide / np.sqrt((wide**2).mean(axis=1, keepdims=True) + 1e-5) * gamma
    for offset, expected in ((16384, softmax), (20480, layernorm), (24576, rmsnorm)):
        assert np.allclose(sim.read_scratchpad_numpy(0, offset, (9, 21)), expected, rtol=2e-6, atol=2e-6)


def test_products_that_end_in_the_vector_unit(sim: kpu.KPUSimulator) -> None:
    sim.write_scratchpad(0, 0, [1.0, -2.0, 0.5, 1.0])
    sim.write_scratchpad(0, 64, [2.0, 1.0, 1.0, -1.0])
    sim.write_scratchpad(0, 128, [0.25, -8.0])
    ready, done = sim.create_semaphore("ready", 1), sim.create_semaphore("done")
    seen: list[tuple[int, bool, bool]] = []
    sim.start_matmul(
        0, 0, 2, 2, 2, 0, 64, 256,
        lambda: seen.append((sim.get_current_cycle(), sim.is_compute_busy(0), sim.is_vector_busy(0))),
        bias_addr=128, activation=ActivationType.LEAKY_RELU, slope=0.5, wait_for=[ready], signal=[done],
    )  # fmt: skip
    sim.step(40)
    assert (sim.is_compute_busy(0), sim.is_vector_busy(0), done.value, ready.value) == (False, False, 1, 0)
    # 16 + 16 + 2 - 2 cycles for the array, 2 + 3 for the vector unit.
    assert seen == [(37, False, False)]
    assert sim.read_scratchpad(0, 256, 4) == [0.25, -2.5, 2.25, -4.25]
    # A semaphore that is made after the array has got its own.
    later = sim.create_semaphore("later")
    sim.start_matmul(0, 0, 2, 2, 2, 0, 64, 512, activation=ActivationType.RELU, queued=True, signal=[later])
    sim.run_until_idle()
    assert (later.value, sim.read_scratchpad(0, 512, 4)) == (1, [0.0, 3.0, 2.0, 0.0])
    vector = sim.get_statistics()["vector"][0]
    assert (vector["operations_completed"], vector["elements_processed"]) == (2, 8)


def test_traces_and_reports(sim: kpu.KPUSimulator, capsys: pytest.CaptureFixture[str]) -> None:
    sim.print_stats()
    assert "Vector" not in capsys.readouterr().out
    sim.start_trace()
    sim.start_vector_reduction(1, 0, "sum", 4, 4, 0, 64)
    sim.start_matmul(0, 0, 2, 2, 2, 0, 64, 256, bias_addr=128)
    sim.run_until_idle()
    trace = [(event.unit, event.operation, event.bytes, event.end) for event in sim.get_trace()]
    assert trace == [
        ("vector 1", "reduction", 80, 7),
        ("tile 0", "product", 32, 32),
        ("vector 0", "activation", 24, 37),
    ]
    sim.print_stats()
    sim.print_component_status()
    printed = capsys.readouterr().out
    assert "Vector units: 2, 2 operations, 20 elements" in printed
    assert "[1] idle, 8 elements a cycle, queue 0, 1 operations" in printed


def test_configurations_of_the_unit() -> None:
    config = kpu.SimulatorConfig(
        vector_unit_width=1,
        vector_pipeline_depth=0,
        vector_functions="table",
        vector_table_size=4,
        vector_table_range=3,
    )
    with kpu.KPUSimulator(config) as sim:
        sim.write_scratchpad(0, 0, [-9.0, 2.0, 3.0])
        sim.start_vector_activation(0, 0, 1, 3, 0, 64, ActivationType.TANH)
        sim.run_until_idle()
        assert sim.get_current_cycle() == 3
        ends = [rounded(math.tanh(x)) for x in (-3, 1, 3)]
        middle = rounded((ends[1] + ends[2]) / 2)
        assert sim.read_scratchpad(0, 64, 3) == [ends[0], middle, ends[2]]
    with pytest.raises(kpu.ConfigError, match="power of two from 2 to 65536"):
        kpu.KPUSimulator(kpu.SimulatorConfig(vector_table_size=255))


def test_checkpoints_hold_what_waits(sim: kpu.KPUSimulator) -> None:
    sim.write_scratchpad(0, 0, VALUES)
    sim.start_matmul(0, 0, 2, 2, 2, 0, 8, 256, activation=ActivationType.TANH)
    sim.start_vector_softmax(0, 0, 1, 4, 0, 512)
    sim.step(34)
    checkpoint = sim.checkpoint()
    sim.run_until_idle()
    expected = sim.read_scratchpad(0, 256, 4), sim.read_scratchpad(0, 512, 4), sim.get_current_cycle()
    sim.restore(checkpoint)
    assert sim.read_scratchpad(0, 256, 4) == [0.0] * 4
    sim.run_until_idle()
    assert (sim.read_scratchpad(0, 256, 4), sim.read_scratchpad(0, 512, 4), sim.get_current_cycle()) == expected


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda sim: sim.start_vector_softmax(2, 0, 1, 1, 0, 0), IndexError, "vector unit 2"),
        (lambda sim: sim.start_vector_softmax(0, 9, 1, 1, 0, 0), IndexError, "scratchpad 9"),
        (lambda sim: sim.start_vector_softmax(0, 0, 0, 1, 0, 0), ValueError, "number of rows"),
        (lambda sim: sim.start_vector_softmax(0, 0, 1, -1, 0, 0), ValueError, "cols"),
        (lambda sim: sim.start_vector_softmax(0, 0, 1, 4, 65532, 0), IndexError, "0xfffc"),
        (lambda sim: sim.start_vector_softmax(0, 0, 1, 4, 0, "0"), TypeError, "dst_addr"),
        (lambda sim: sim.start_vector_softmax(0, 0, 1, 4, 0, 0, callback=3), TypeError, "callback"),
        (lambda sim: sim.start_vector_reduction(0, 0, "median", 1, 1, 0, 0), ValueError, "'mean'"),
        (lambda sim: sim.start_vector_reduction(0, 0, 1, 1, 1, 0, 0), TypeError, "reduction"),
        (lambda sim: sim.start_vector_activation(0, 0, 1, 1, 0, 0, 8), ValueError, "LEAKY_RELU 7"),
        (lambda sim: sim.start_vector_activation(0, 0, 1, 1, 0, 0, 2.5), TypeError, "activation"),
        (lambda sim: sim.start_vector_activation(0, 0, 1, 1, 0, 0, 7, slope=math.nan), ValueError, "slope"),
        (lambda sim: sim.start_vector_activation(0, 0, 1, 1, 0, 0, bias_addr=-4), IndexError, "bias_addr"),
        (lambda sim: sim.start_vector_elementwise(0, 0, "add", 1, 1, 0, 0), TypeError, "exactly one"),
        (lambda sim: sim.start_vector_elementwise(0, 0, "add", 1, 1, 0, 0, scalar=1, row_addr=0), TypeError, "row_addr"),
        (lambda sim: sim.start_vector_elementwise(0, 0, "add", 1, 1, 0, 0, scalar="1"), TypeError, "scalar"),
        (lambda sim: sim.start_vector_elementwise(0, 0, "add", 1, 1, 0, 0, scalar=10**400), OverflowError, "scalar"),
        (lambda sim: sim.start_vector_elementwise(0, 0, "div", 1, 1, 0, 0, scalar=1), ValueError, "operation"),
        (lambda sim: sim.start_vector_layernorm(0, 0, 1, 1, 0, 0, epsilon=-1), ValueError, "epsilon"),
        (lambda sim: sim.start_vector_layernorm(0, 0, 1, 8, 0, 0, beta_addr=65532), IndexError, "beta"),
        (lambda sim: sim.start_vector_rmsnorm(0, 0, 1, 8, 0, 0, gamma_addr=65532), IndexError, "gamma"),
        (lambda sim: sim.start_matmul(0, 0, 1, 8, 1, 0, 0, 0, bias_addr=65532), IndexError, "bias"),
        (lambda sim: sim.start_matmul(0, 0, 1, 8, 1, 0, 0, 0, activation=9), ValueError, "activation"),
        (lambda sim: sim.is_vector_busy(2), IndexError, "vector unit 2"),
    ],
)  # fmt: skip
def test_refusals_change_nothing(sim: kpu.KPUSimulator, call: object, error: type[Exception], words: str) -> None:
    assert callable(call)
    with pytest.raises(error, match=words) as raised:
        call(sim)
    assert isinstance(raised.value, kpu.KpuError)
    assert not sim.is_vector_busy(0)
    sim.run_until_idle()
    assert sim.get_current_cycle() == 0


@pytest.mark.parametrize("name", STARTS)
def test_every_operation_is_documented_and_synchronized(name: str) -> None:
    method = getattr(kpu.KPUSimulator, name)
    assert "Queues" in (method.__doc__ or "")
    assert {"callback", "options"} <= set(inspect.signature(method).parameters)
    assert {"wait_for", "signal", "dtype", "result_dtype"} <= set(kpu.VectorOptions.__annotations__)


def test_unknown_options_name_the_nearest(sim: kpu.KPUSimulator) -> None:
    with pytest.raises(
        TypeError, match=r"start_vector_softmax\(\) got an unexpected .* 'result_type'; did you mean 'result_dtype'"
    ):
        sim.start_vector_softmax(0, 0, 1, 8, 0, 0, result_type="int8")  # type: ignore[call-arg]


def test_there_are_six_operations() -> None:
    kinds = ["activation", "elementwise", "layernorm", "reduction", "rmsnorm", "softmax"]
    assert [f"start_vector_{kind}" for kind in kinds] == STARTS


def test_activations_have_names() -> None:
    def ended(activation: kpu.ActivationType | int | str) -> object:
        with kpu.KPUSimulator() as sim:
            return sim.run_tiled_matmul([[1.0, -2.0]], [[1.0], [2.0]], activation=activation).c

    for each in kpu.ActivationType:
        assert ended(each.name.lower()) == ended(each) == ended(each.value)
    with pytest.raises(ValueError, match="did you mean 'relu'"):
        ended("rlu")
    with pytest.raises(TypeError, match="activation must be an ActivationType or a name such as 'relu'"):
        ended(1.5)  # type: ignore[arg-type]
