package hubdrift

import rego.v1

violations contains {"id": c.ConnectorId, "rule": "kms-key-arn", "message": "no KMS key is set"} if {
	some c in data.connectors
	not startswith(object.get(c, "KmsKeyArn", ""), "arn:aws:kms:")
}
violations contains {"id": c.ConnectorId, "rule": "auth-active", "message": "the authorisation is not ACTIVE"} if {
	some c in data.connectors
	object.get(c, ["ProviderDetail", "JiraCloud", "AuthStatus"], "") != "ACTIVE"
}
violations contains {"id": c.ConnectorId, "rule": "connected", "message": "not CONNECTED"} if {
	some c in data.connectors
	object.get(c, ["Health", "ConnectorStatus"], "") != "CONNECTED"
}
violations contains {"id": c.ConnectorId, "rule": "enabled", "message": "not ENABLED"} if {
	some c in data.connectors
	object.get(c, "EnablementStatus", "") != "ENABLED"
}
violations contains {"id": c.ConnectorId, "rule": "description-set", "message": "no description"} if {
	some c in data.connectors
	object.get(c, "Description", "") == ""
}
