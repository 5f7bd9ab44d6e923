"""Agents who follow a ticket (API B3)."""

from django.http import HttpResponse

from madoguchi import tickets
from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.wire import Body, Ids
from madoguchi.models import Agent

door = Door("Followers")


@door.at("GET /tickets/{int:ticket_id}/followers", gives="Follower[]")
def list_followers(request: Call, ticket_id: int) -> HttpResponse:
    """Who follows the ticket."""
    ticket = finders.ticket(ticket_id, request.actor)
    return answers.rows([shown(agent) for agent in Agent.objects.filter(following__ticket=ticket)])


def shown(agent: Agent) -> dict[str, object]:
    return {
        "id": str(agent.pk),
        "firstName": agent.first_name,
        "lastName": agent.last_name,
        "email": agent.email,
        "photoURL": None,
        "following": "tickets",
    }


class ChosenFollowers(Body):
    followerIds: Ids


@door.at("POST /tickets/{int:ticket_id}/addFollowers", status=204)
def add_followers(request: Call, ticket_id: int, body: ChosenFollowers) -> HttpResponse:
    """Let agents follow the ticket."""
    ticket = finders.ticket(ticket_id, request.actor)
    tickets.follow(ticket, finders.agents(body.followerIds, "/followerIds"), by=request.actor)
    return answers.nothing()


@door.at("POST /tickets/{int:ticket_id}/removeFollowers", status=204)
def remove_followers(request: Call, ticket_id: int, body: ChosenFollowers) -> HttpResponse:
    """Let agents no longer follow the ticket."""
    ticket = finders.ticket(ticket_id, request.actor)
    tickets.unfollow(ticket, finders.agents(body.followerIds, "/followerIds"), by=request.actor)
    return answers.nothing()
