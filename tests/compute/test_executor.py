from operator import add

from isiceval.compute.executor import map_jobs


def test_results_come_in_the_order_of_the_jobs():
    assert list(map_jobs(add, [1, 2, 3], context=10, workers=1)) == [11, 12, 13]
