"""Agents, roles and teams (API B1). Agents come with role and departments prefetched."""

from typing import Any

from madoguchi.models import Agent, Role, Team

Values = dict[str, Any]
LANGUAGE = {"ja": "ja_JP", "en": "en_US"}
PERMISSION = {Role.Base.ADMINISTRATOR: "Admin", Role.Base.LIGHT: "Light"}


def agent(row: Agent) -> Values:
    return {
        "id": str(row.pk),
        "zuid": str(row.pk),
        "name": row.name,
        "firstName": row.first_name,
        "lastName": row.last_name,
        "emailId": row.email,
        "isConfirmed": row.is_confirmed,
        "status": "ACTIVE" if row.is_active else "DISABLED",
        "roleId": str(row.role_id),
        "profileId": str(row.role_id),
        "rolePermissionType": PERMISSION.get(Role.Base(row.role.base), "Custom"),
        "phone": row.phone,
        "mobile": row.mobile,
        "extn": "",
        "aboutInfo": row.about,
        "countryCode": LANGUAGE[row.language],
        "langCode": LANGUAGE[row.language],
        "timeZone": row.time_zone,
        "photoURL": None,
        "associatedDepartmentIds": [str(pk) for pk in sorted(row.department_ids)],
        "associatedChatDepartmentIds": [],
        "channelExpert": [],
        "cf": {},
        "isZiaAgent": False,
    }


def short(row: Agent) -> Values:
    return {
        "id": str(row.pk),
        "firstName": row.first_name,
        "lastName": row.last_name,
        "emailId": row.email,
        "photoURL": None,
        "roleId": str(row.role_id),
        "profileId": str(row.role_id),
        "zuid": str(row.pk),
    }


def role(row: Role) -> Values:
    return {
        "id": str(row.pk),
        "name": row.name,
        "description": None,
        "reportsTo": None,
        "isDefault": row.is_system,
        "isVisible": True,
        "immediateSubRoles": [],
        "shareDataWithPeers": True,
    }


def team(row: Team) -> Values:
    agents = [str(a.pk) for a in row.agents.all()]
    return {
        "id": str(row.pk),
        "name": row.name,
        "description": row.description or None,
        "departmentId": str(row.department_id),
        "logoUrl": None,
        "agents": agents,
        "derivedAgents": agents,
        "roles": [],
        "rolesWithSubordinates": [],
        "subTeams": [],
    }
