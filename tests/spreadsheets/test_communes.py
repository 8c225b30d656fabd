from rlpipeline.records.communes import official_communes, read_commune
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.entry_workbook import communes_around
from rlpipeline.spreadsheets.new_service import epci_of, find_communes


def test_the_list_is_whole_and_every_code_is_one_that_records_may_hold(service: Service) -> None:
    codes = [one.code for one in official_communes()]
    assert codes == sorted(set(codes))
    assert len(codes) > 34_000
    assert {code for code in codes if read_commune(code, service) != code} == set()
    assert {one.region for one in official_communes() if one.region == one.departement} == set()


def test_others_tell_which_of_several_is_meant() -> None:
    assert find_communes(["Saint-Aubin", "Lille"])[0].departement == "59"
    assert find_communes(["Saint-Aubin"], "59")[0].departement == "59"
    assert find_communes(["Carvin", "62215"]) == find_communes(["Carvin"])


def test_communes_share_an_epci_or_none() -> None:
    assert epci_of(find_communes(["Carvin", "Lille"])) is None
    around = communes_around(["62215"])
    assert {one.departement for one in around} == {"02", "59", "60", "62", "80"}
    assert communes_around([]) == official_communes()
