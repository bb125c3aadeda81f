"""What the audit trail says of keys."""

from teams import audit

KEY_GENERATED = audit.kind("key.generated", "generated key {object}")
KEY_ROTATED = audit.kind("key.rotated", "rotated key {object}")
KEY_RENAMED = audit.kind("key.renamed", "renamed key {before} to {object}")
KEY_LIMITED = audit.kind("key.limited", "changed the rate limit of key {object} from {before} to {after}")
KEY_BOUND = audit.kind("key.bound", "let key {object} be used from {networks} only")
KEY_UNBOUND = audit.kind("key.unbound", "let key {object} be used from all of the team's networks")
RETIREMENT_PLANNED = audit.kind("key.retirement_planned", "planned to retire key {object} {plan}")
RETIREMENT_CANCELLED = audit.kind("key.retirement_cancelled", "cancelled the plan to retire key {object} {plan}")
KEY_RETIRED = audit.kind("key.retired", "retired key {object} after its rotation")
KEY_DISABLED = audit.kind("key.disabled", "disabled key {object}")
KEY_ENABLED = audit.kind("key.enabled", "enabled key {object}")
KEY_REVOKED = audit.kind("key.revoked", "revoked key {object}")
KEY_DELETED = audit.kind("key.deleted", "deleted key {object}")
KEY_COPIED = audit.kind("key.copied", "copied key {object} from its sealed copy")
KEY_LEAKED = audit.kind("key.leaked", "reported key {object} as leaked")
KEY_HANDED_OVER = audit.kind("key.handed_over", "handed key {object} over from {before} to {after}")
SEALED_COPIES_FORBIDDEN = audit.kind("sealed_copies.forbidden", "forbade sealed copies in the team {object}")
SEALED_COPIES_ALLOWED = audit.kind("sealed_copies.allowed", "allowed sealed copies in the team {object}")
