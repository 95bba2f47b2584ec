"""Faults: injected one by one, found by check bits, and in campaigns."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

import stillwater_kpu as kpu

EXAMPLES = Path(__file__).parents[2] / "examples" / "workloads"


@pytest.fixture
def sim() -> kpu.KPUSimulator:
    return kpu.KPUSimulator(kpu.SimulatorConfig(memory_ecc="secded", memory_bank_count=1))


def moved(sim: kpu.KPUSimulator) -> list[float]:
    sim.dma_external_to_scratchpad(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 16)
    sim.run_until_idle()
    return list(sim.read_scratchpad(0, 0, 4))


def test_a_flipped_bit_is_corrected_and_reported(sim: kpu.KPUSimulator) -> None:
    sim.write_memory_bank(0, 0, [1.0, 2.0, 3.0, 4.0])
    sim.inject_fault(kpu.BitFlip("external", 0, offset=5, bit=3))
    assert moved(sim) == [1.0, 2.0, 3.0, 4.0]
    address = sim.get_external_bank_base(0)
    assert sim.memory_errors == (kpu.MemoryErrorRecord("corrected", 0, address, "external bank 0"),)
    assert sim.get_statistics()["external"][0]["errors_corrected"] == 1


def test_two_flipped_bits_of_a_word_stay(sim: kpu.KPUSimulator) -> None:
    sim.write_memory_bank(0, 0, [1.0, 2.0, 3.0, 4.0])
    sim.inject_fault(kpu.BitFlip("external", 0, offset=3, bit=7))
    sim.inject_fault(kpu.CheckBitFlip("external", 0, offset=0, bit=1))
    assert moved(sim) == [-1.0, 2.0, 3.0, 4.0]
    assert [error.kind for error in sim.memory_errors] == ["detected"]


def test_every_kind_of_fault_gets_to_the_machine() -> None:
    with kpu.KPUSimulator() as sim:
        done: list[int] = []
        base = sim.get_external_bank_base(0)
        sim.inject_fault(kpu.LateCompletion("dma", 0, 30))
        sim.inject_fault(kpu.RefusedGrant("scratchpad", 0, 300))
        sim.dma_external_to_scratchpad(
            0, base, sim.get_scratchpad_base(0), 1024, callback=lambda: done.append(sim.get_current_cycle())
        )
        sim.run_until_idle()
        assert done == [300 + 11 + 30]
        sim.reset()
        sim.inject_fault(kpu.DroppedCompletion("dma", 0))
        sim.dma_external_to_scratchpad(0, base, sim.get_scratchpad_base(0), 64, callback=lambda: done.append(-1))
        sim.run_until_idle()
        assert len(done) == 1
        sim.reset()
        sim.inject_fault(kpu.StuckPort("external", 0, line=8 * 3 + 7, value=1))
        sim.write_memory_bank(0, 0, [1.0])
        sim.dma_external_to_scratchpad(0, base, sim.get_scratchpad_base(0), 4)
        sim.run_until_idle()
        assert list(sim.read_scratchpad(0, 0, 1)) == [-1.0]
        sim.reset()
        ones = [1.0] * 16
        sim.write_scratchpad(0, 0, ones)
        sim.inject_fault(kpu.PeRegisterFlip(0, 0, 1, "sum", 31, 3))
        sim.start_matmul(0, 0, 4, 4, 4, 0, 0, 256)
        sim.run_until_idle()
        wrong = list(sim.read_scratchpad(0, 256, 16))
        assert wrong[1] != 4.0
        assert wrong[:1] + wrong[2:] == [4.0] * 15
        sim.reset()
        sim.inject_fault(kpu.RefusedGrant("external", 0, None))
        sim.dma_external_to_scratchpad(0, base, sim.get_scratchpad_base(0), 64)
        with pytest.raises(RuntimeError, match="waits for a port that grants nothing"):
            sim.run_until_idle()


@pytest.mark.parametrize(
    ("fault", "error", "text"),
    [
        (kpu.BitFlip("external", 5, 0, 0), IndexError, "external bank 5"),
        (kpu.BitFlip("external", 0, 2**40, 0), IndexError, "0x10000000000"),
        (kpu.BitFlip("nowhere", 0, 0, 0), ValueError, "a memory is one of"),
        (kpu.BitFlip("external", 0, 0, 9), ValueError, "from 0 to 7"),
        (kpu.LateCompletion("engine", 0, 1), ValueError, "block_mover"),
        (kpu.PeRegisterFlip(0, 0, 0, "left", 0, 0), ValueError, "a register is one of"),
        ("bit_flip", TypeError, "a fault is"),
        (kpu.BitFlip("external", 0, "1", 0), TypeError, "offset"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_is_refused(sim: kpu.KPUSimulator, fault: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        sim.inject_fault(fault)  # type: ignore[arg-type]


def test_a_campaign_is_the_same_for_the_same_seed_and_leaves_the_simulator_alone() -> None:
    with kpu.KPUSimulator(kpu.load_workload_config(EXAMPLES / "double_buffer.yaml")) as sim:
        seen: list[tuple[int, int]] = []
        report = sim.run_fault_campaign(
            EXAMPLES / "double_buffer.yaml", count=40, seed=3, progress=lambda done, count: seen.append((done, count))
        )
        again = sim.run_fault_campaign(EXAMPLES / "double_buffer.yaml", count=40, seed=3)
        other = sim.run_fault_campaign(EXAMPLES / "double_buffer.yaml", count=40, seed=4)
        assert sim.get_current_cycle() == 0
    assert report == again
    assert report != other
    assert seen[-1] == (40, 40)
    assert sum(report.total.values()) == len(report.experiments) == 40
    assert sum(counts["wrong"] for counts in report.kinds.values()) == report.total["wrong"]
    assert report.results == ("C",)
    assert "dropped_completion" in str(report)
    assert "<table" in report._repr_html_()
    for each in report.experiments:
        wrong = any(damage.is_result for damage in each.damages)
        assert (each.outcome == "wrong") <= wrong
        assert (each.outcome in ("masked", "late", "corrected")) <= (not wrong)


def test_a_campaign_of_one_kind_and_result() -> None:
    with kpu.KPUSimulator(kpu.load_workload_config(EXAMPLES / "seed_transfer.yaml")) as sim:
        report = sim.run_fault_campaign(
            EXAMPLES / "seed_transfer.yaml", count=20, kinds=["bit_flip"], results=["source"]
        )
        assert set(report.kinds) == {"bit_flip"}
        assert {type(each.fault) for each in report.experiments} == {kpu.BitFlip}
        with pytest.raises(ValueError, match="a kind of fault is one of"):
            sim.run_fault_campaign(EXAMPLES / "seed_transfer.yaml", kinds=["rust"])
        with pytest.raises(ValueError, match="has no area 'nix'"):
            sim.run_fault_campaign(EXAMPLES / "seed_transfer.yaml", results=["nix"])
        with pytest.raises(TypeError, match="either the path"):
            sim.run_fault_campaign()


def test_bytes_of_a_flip() -> None:
    with kpu.KPUSimulator() as sim:
        sim.write_memory_bank(0, 0, [1.0])
        sim.inject_fault(kpu.BitFlip("external", 0, 0, 0))
        (value,) = sim.read_memory_bank(0, 0, 1)
        assert struct.pack("<f", value) == b"\x01\x00\x80\x3f"
