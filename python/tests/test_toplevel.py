"""The module stillwater_toplevel."""

from __future__ import annotations

import pytest

import stillwater_kpu as kpu
import stillwater_toplevel as toplevel


def test_the_life_of_a_system(capsys: pytest.CaptureFixture[str]) -> None:
    system = toplevel.SystemSimulator()
    assert system.is_initialized() is False
    assert system.run_self_test() is False
    assert system.initialize() is True
    assert system.initialize() is True
    assert system.is_initialized() is True
    assert system.run_self_test() is True
    assert "1 KPU" in repr(system)
    assert system.shutdown() is None
    system.shutdown()
    assert system.is_initialized() is False
    assert system.run_self_test() is False
    assert system.initialize() is True
    system.shutdown()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 6
    assert all(line.startswith("[SystemSimulator] ") for line in lines)
    assert any("checks passed" in line for line in lines)
    assert toplevel.__version__ == kpu.__version__


def test_as_a_context() -> None:
    with toplevel.SystemSimulator() as system:
        assert isinstance(system, toplevel.SystemSimulator)
        assert system.is_initialized()
    assert not system.is_initialized()
    with pytest.raises(KeyError, match="mine"), toplevel.SystemSimulator() as system:
        raise KeyError("mine")
    assert not system.is_initialized()


def test_its_kpus() -> None:
    config = kpu.SimulatorConfig(memory_bank_count=3)
    system = toplevel.SystemSimulator(config)
    assert system.get_kpu_count() == 0
    with pytest.raises(RuntimeError, match="initialize"):
        system.get_kpu(0)
    with system:
        assert system.get_kpu_count() == 1
        assert system.get_kpu(0).get_memory_bank_count() == 3
        for bad in (1, -1, 2**64):
            with pytest.raises(IndexError):
                system.get_kpu(bad)
        with pytest.raises(TypeError):
            system.get_kpu("0")
    with pytest.raises(TypeError, match="SimulatorConfig"):
        toplevel.SystemSimulator({"memory_bank_count": 3})


def test_the_self_test_touches_nothing() -> None:
    with toplevel.SystemSimulator() as system:
        sim = system.get_kpu(0)
        sim.write_memory_bank(0, 0, [1.0, 2.0])
        sim.start_dma_transfer(0, sim.get_external_bank_base(0), sim.get_scratchpad_base(0), 8)
        sim.step(3)
        assert system.run_self_test()
        assert sim.get_current_cycle() == 3
        assert sim.is_dma_busy(0)
        assert sim.read_memory_bank(0, 0, 2) == [1.0, 2.0]
        assert sim.get_hazards() == []


def test_what_fails_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with toplevel.SystemSimulator() as system:
        checks = system.get_kpu(0).run_self_test()
        assert len(checks) > 10
        assert all(check.passed for check in checks)
        broken = [checks[0], checks[1]._replace(passed=False, detail="byte 3 is 0, expected 5")]
        monkeypatch.setattr(kpu.KPUSimulator, "run_self_test", lambda self: broken)
        assert system.run_self_test() is False
        printed = capsys.readouterr().out
        assert f"FAILED {checks[1].name}: byte 3 is 0, expected 5" in printed
        assert "1 of 2 checks passed" in printed
        monkeypatch.setattr(kpu.KPUSimulator, "run_self_test", lambda self: [])
        assert system.run_self_test() is False
