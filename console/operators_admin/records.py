"""What there is of teams, keys, networks and the audit trail. Nothing of it can be changed here, past the services."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from apikeys.models import ApiKey
from console.datasets.models import Dataset, Subscription
from console.operators_admin.base import Records
from console.operators_admin.site import site
from ipsubnets.models import IPSubnet
from teams.models import AuditEvent, Group, Membership, Team


class ReadOnly(Records):
    """Each names the `fields` to be shown: a digest or a sealed copy is shown by none."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Team, site=site)
class Teams(ReadOnly):
    list_display = ("name", "slug", "created_at", "suspended_at")
    search_fields = ("name", "slug")
    fields = (
        *("name", "slug", "created_at", "suspended_at"),
        *("max_key_lifetime_days", "sealed_copies_allowed", "second_factor_required_from"),
    )


@admin.register(Membership, site=site)
class Memberships(ReadOnly):
    list_display = ("team", "user", "role", "joined_at")
    list_select_related = ("team", "user")
    list_filter = ("role",)
    search_fields = ("team__name", "team__slug", "user__email", "user__full_name")
    fields = ("team", "user", "role", "joined_at")


@admin.register(Group, site=site)
class Groups(ReadOnly):
    list_display = ("name", "slug", "team", "created_at")
    list_select_related = ("team",)
    search_fields = ("name", "slug", "team__slug")
    fields = ("name", "slug", "team", "created_at")


@admin.register(ApiKey, site=site)
class Keys(ReadOnly):
    list_display = ("name", "id", "team", "owner_label", "created_at", "expires_at", "status_label")
    list_select_related = ("team", "owner_user", "owner_group")
    search_fields = ("id", "name", "team__slug", "owner_user__email")
    ordering = ("-created_at",)
    fields = (
        *("id", "name", "hint", "team", "owner_user", "owner_group", "status_label", "created_at", "created_by_name"),
        *("expires_at", "disabled_at", "disabled_by_name", "disabled_reason"),
        *(
            "revoked_at",
            "revoked_by_name",
            "revoked_reason",
            "deleted_at",
            "retire_at",
            "retirement_planned_by_name",
            "predecessor",
            "rate_limit",
            "scopes",
            "pepper",
        ),
    )

    @admin.display(description="Owner")
    def owner_label(self, key: ApiKey) -> str:
        return key.owner_label

    @admin.display(description="Status")
    def status_label(self, key: ApiKey) -> str:
        return key.status_label


@admin.register(IPSubnet, site=site)
class Subnets(ReadOnly):
    list_display = ("network", "label", "team", "created_at", "expires_at", "status_label")
    list_select_related = ("team",)
    search_fields = ("id", "network", "label", "team__slug")
    ordering = ("-created_at",)
    fields = ("id", "network", "label", "team", "status_label", "created_at", "created_by_name", "expires_at")

    @admin.display(description="Status")
    def status_label(self, subnet: IPSubnet) -> str:
        return subnet.status_label


@admin.register(Dataset, site=site)
class Datasets(ReadOnly):
    list_display = ("name", "id", "asset_class", "frequency", "for_every_team")
    search_fields = ("id", "name", "description", "asset_class")
    fields = ("id", "name", "description", "asset_class", "frequency", "for_every_team")


@admin.register(Subscription, site=site)
class Subscriptions(ReadOnly):
    list_display = ("team", "dataset", "starts_at", "ends_at", "status_label")
    list_select_related = ("team", "dataset")
    search_fields = ("id", "team__name", "team__slug", "dataset__id", "dataset__name")
    ordering = ("-granted_at",)
    fields = ("id", "team", "dataset", "status_label", "starts_at", "ends_at", "granted_at", "granted_by_name")

    @admin.display(description="Status")
    def status_label(self, subscription: Subscription) -> str:
        return subscription.status_label


@admin.register(AuditEvent, site=site)
class AuditEvents(ReadOnly):
    list_display = ("at", "team_name", "actor_name", "kind", "object_name", "actor_address")
    search_fields = ("actor_name", "object_name", "object_id", "kind", "team_name", "request_id")
    ordering = ("-id",)
    fields = (
        *("at", "chain", "seq", "team_name", "actor_name", "actor_address", "via", "request_id"),
        *("kind", "object_id", "object_name", "details", "previous_hash", "hash"),
    )
