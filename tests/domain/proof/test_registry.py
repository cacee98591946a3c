from app.domain.proof import INVARIANTS, run_checks


def test_every_proof_holds_on_an_empty_database(session):
    assert [str(offender) for check in run_checks(session=session) for offender in check.offenders] == []


def test_every_proof_says_in_one_sentence_what_it_proves():
    for invariant in INVARIANTS.values():
        assert invariant.sentence.endswith("."), invariant.name


def test_progress_is_told_check_by_check_in_a_snapshot_of_its_own(engine):
    told = []

    checks = run_checks(told.append)

    assert told == checks
    assert [check.name for check in checks] == list(INVARIANTS)
