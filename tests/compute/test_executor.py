from operator import add

from isiceval.compute.executor import ProcessExecutor


def test_results_come_in_the_order_of_the_jobs():
    assert list(ProcessExecutor(1).map(add, [1, 2, 3], context=10)) == [11, 12, 13]
