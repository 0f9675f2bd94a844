import aiohttp
import pytest

from tests.servers.synapse import HomeserverError, Synapse

pytest_plugins = ["tests.servers.fixtures"]

ROOMS = "/_matrix/client/v3/joined_rooms"
WHO = "/_matrix/client/v3/account/whoami"
LOGIN = "/_matrix/client/v3/login"


async def test_a_registered_user_is_logged_in(homeserver: Synapse) -> None:
    anna = await homeserver.register("anna-registered", "secret")

    answer = await homeserver.request(anna, "GET", WHO)

    assert anna.user_id == f"@anna-registered:{homeserver.server_name}"
    assert (answer["user_id"], answer["device_id"]) == (anna.user_id, anna.device_id)


async def test_a_restart_keeps_rooms_and_logins(fresh_homeserver: Synapse) -> None:
    anna = await fresh_homeserver.register("anna", "secret")
    room = await fresh_homeserver.request(anna, "POST", "/_matrix/client/v3/createRoom", {})

    await fresh_homeserver.stop()
    with pytest.raises(aiohttp.ClientError):
        await fresh_homeserver.request(anna, "GET", ROOMS)
    await fresh_homeserver.restart()

    answer = await fresh_homeserver.request(anna, "GET", ROOMS)
    assert answer == {"joined_rooms": [room["room_id"]]}


async def test_an_operator_logs_a_device_out(homeserver: Synapse) -> None:
    bert = await homeserver.register("bert-logged-out", "secret")

    await homeserver.delete_device(bert.user_id, bert.device_id)

    with pytest.raises(HomeserverError) as refusal:
        await homeserver.request(bert, "GET", WHO)
    assert refusal.value.answer["errcode"] == "M_UNKNOWN_TOKEN"


async def test_stock_limits_refuse_a_row_of_logins() -> None:
    """With its own limits Synapse answers 429; the shared homeserver never does."""
    async with Synapse.start(limits="stock") as strict:
        anna = await strict.register("anna", "secret")
        user = {"type": "m.id.user", "user": anna.user_id}
        login = {"type": "m.login.password", "identifier": user, "password": "secret"}
        for _ in range(5):
            await strict.request(None, "POST", LOGIN, login)

        with pytest.raises(HomeserverError) as refusal:
            await strict.request(None, "POST", LOGIN, login)
    assert refusal.value.status == 429
