"""Proofs that find nothing: the faults that are planted in the data for them must then be missed."""

from collections import Counter

from tests.domain.proof import faults, planting
from tests.planted.fault import Fault

TEST = "tests/domain/proof/test_proofs.py::test_a_fault_behind_the_programs_back_turns_its_proof_red_and_is_named"
BLIND = '''

def {name}(session: Session, **_: object) -> Found:
    """Sees nothing."""
    return Found([], 0)
'''

TIMES = Counter(f"{it.proof.__name__}-{it.named}" for it in faults.FAULTS)


def _case(fault: planting.Fault) -> str:
    """What pytest calls the first case of that name: where there are several, it counts them."""
    name = f"{fault.proof.__name__}-{fault.named}"
    return name if TIMES[name] == 1 else f"{name}{'_' if name[-1].isdigit() else ''}0"


FIRST = {it.proof.__name__: (it.proof.__module__, _case(it)) for it in reversed(faults.FAULTS)}

FAULTS = [
    Fault(
        f"it is proved that {name.replace('_', ' ')}",
        f"{TEST}[{case}]",
        file=f"{module.replace('.', '/')}.py",
        new=BLIND.format(name=name),
        together="proofs",
    )
    for name, (module, case) in FIRST.items()
]
