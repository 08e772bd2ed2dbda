BEGIN TRANSACTION;
CREATE TABLE engine_activity (
	id VARCHAR(255) NOT NULL, 
	parent_id VARCHAR(255), 
	activity_id VARCHAR(255), 
	name VARCHAR(255), 
	type VARCHAR(255), 
	execution_id VARCHAR(255), 
	instance_id VARCHAR(255), 
	definition_id VARCHAR(255), 
	task_id VARCHAR(255), 
	start_time BIGINT, 
	end_time BIGINT, 
	canceled BOOLEAN NOT NULL, 
	complete_scope BOOLEAN NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "engine_activity" VALUES('01a2031b-bba6-7015-9d6e-fc3d056c4a57','01a2031b-bba6-7e01-8c2d-2774026fe355','start',NULL,'startEvent','01a2031b-bba6-7e01-8c2d-2774026fe355','01a2031b-bba6-7e01-8c2d-2774026fe355','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76',NULL,1795348478882,1795348478882,0,0);
INSERT INTO "engine_activity" VALUES('01a2031b-bba6-7f32-bd8e-f9189a594c4f','01a2031b-bba6-7e01-8c2d-2774026fe355','review','Review','userTask','01a2031b-bba6-7e01-8c2d-2774026fe355','01a2031b-bba6-7e01-8c2d-2774026fe355','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76','01a2031b-bba6-74f0-82c1-94e622731649',1795348478882,NULL,0,0);
INSERT INTO "engine_activity" VALUES('01a2031b-bbc2-72f9-b5a2-8f0bc9594c0a','01a2031b-bbc2-707f-b2ed-dd4ac720882a','start',NULL,'startEvent','01a2031b-bbc2-707f-b2ed-dd4ac720882a','01a2031b-bbc2-707f-b2ed-dd4ac720882a','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76',NULL,1795348478913,1795348478913,0,0);
INSERT INTO "engine_activity" VALUES('01a2031b-bbc2-7d66-babb-05bfc4d867e1','01a2031b-bbc2-707f-b2ed-dd4ac720882a','review','Review','userTask','01a2031b-bbc2-707f-b2ed-dd4ac720882a','01a2031b-bbc2-707f-b2ed-dd4ac720882a','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76','01a2031b-bbc2-70ae-bdd0-4142331db477',1795348478913,1795348478923,0,0);
INSERT INTO "engine_activity" VALUES('01a2031b-bbcd-70a9-bf1d-f7908e948518','01a2031b-bbc2-707f-b2ed-dd4ac720882a','check',NULL,'serviceTask','01a2031b-bbcd-74dc-b87a-2d6519e74e35','01a2031b-bbc2-707f-b2ed-dd4ac720882a','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76',NULL,1795348478923,NULL,0,0);
CREATE TABLE engine_comment (
	id VARCHAR(255) NOT NULL, 
	task_id VARCHAR(255), 
	instance_id VARCHAR(255), 
	user_id VARCHAR(255), 
	time BIGINT, 
	message TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "engine_comment" VALUES('01a2031b-bbb8-770f-9fbf-c02206e0e9c9','01a2031b-bba6-74f0-82c1-94e622731649','01a2031b-bba6-7e01-8c2d-2774026fe355','demo',1795348478902,'looked at');
CREATE TABLE engine_decision_definition (
	id VARCHAR(255) NOT NULL, 
	"key" VARCHAR(255), 
	ttl INTEGER, 
	graph_id VARCHAR(255), 
	graph_key VARCHAR(255), 
	name VARCHAR(255), 
	category VARCHAR(255), 
	deployment_id VARCHAR(255), 
	resource VARCHAR(255), 
	version_tag VARCHAR(255), 
	version INTEGER, 
	PRIMARY KEY (id)
);
CREATE TABLE engine_decision_graph (
	id VARCHAR(255) NOT NULL, 
	"key" VARCHAR(255), 
	name VARCHAR(255), 
	category VARCHAR(255), 
	deployment_id VARCHAR(255), 
	resource VARCHAR(255), 
	version_tag VARCHAR(255), 
	version INTEGER, 
	PRIMARY KEY (id)
);
CREATE TABLE engine_decision_instance (
	id VARCHAR(255) NOT NULL, 
	definition_id VARCHAR(255), 
	definition_key VARCHAR(255), 
	name VARCHAR(255), 
	graph_id VARCHAR(255), 
	graph_key VARCHAR(255), 
	user_id VARCHAR(255), 
	time BIGINT, 
	removal_time BIGINT, 
	inputs TEXT, 
	outputs TEXT, 
	instance_id VARCHAR(255), 
	activity_id VARCHAR(255), 
	activity_instance_id VARCHAR(255), 
	process_definition_id VARCHAR(255), 
	process_definition_key VARCHAR(255), 
	PRIMARY KEY (id)
);
CREATE TABLE engine_deployment (
	id VARCHAR(255) NOT NULL, 
	name VARCHAR(255), 
	source VARCHAR(255), 
	time BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "engine_deployment" VALUES('01a2031b-bb99-704b-b81f-7c5dbdfa5c48','test',NULL,1795348478873);
CREATE TABLE engine_detail (
	id VARCHAR(255) NOT NULL, 
	instance_id VARCHAR(255), 
	definition_id VARCHAR(255), 
	execution_id VARCHAR(255), 
	activity_instance_id VARCHAR(255), 
	variable_id VARCHAR(255), 
	name VARCHAR(255), 
	type VARCHAR(255), 
	value TEXT, 
	revision INTEGER, 
	initial BOOLEAN NOT NULL, 
	operation_id VARCHAR(255), 
	time BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "engine_detail" VALUES('01a2031b-bba6-7e85-aad4-997cb92377ba','01a2031b-bba6-7e01-8c2d-2774026fe355','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76','01a2031b-bba6-7e01-8c2d-2774026fe355','01a2031b-bba6-7e01-8c2d-2774026fe355','01a2031b-bba6-7f07-a075-85e01ae10f95','amount','Integer','{"t":"Integer","v":80}',0,1,'01a2031b-bba6-75cf-a7f8-062c0cd42c90',1795348478882);
CREATE TABLE engine_external_log (
	id VARCHAR(255) NOT NULL, 
	task_id VARCHAR(255), 
	kind VARCHAR(255), 
	time BIGINT, 
	topic VARCHAR(255), 
	worker_id VARCHAR(255), 
	retries INTEGER, 
	priority INTEGER, 
	activity_instance_id VARCHAR(255), 
	error_message TEXT, 
	error_details TEXT, 
	instance_id VARCHAR(255), 
	execution_id VARCHAR(255), 
	activity_id VARCHAR(255), 
	definition_id VARCHAR(255), 
	definition_key VARCHAR(255), 
	PRIMARY KEY (id)
);
INSERT INTO "engine_external_log" VALUES('01a2031b-bbce-7641-9539-6e54d1af3de6','01a2031b-bbce-71c8-8a47-8e9563dcc393','creation',1795348478923,'check',NULL,NULL,0,'01a2031b-bbcd-70a9-bf1d-f7908e948518',NULL,NULL,'01a2031b-bbc2-707f-b2ed-dd4ac720882a','01a2031b-bbcd-74dc-b87a-2d6519e74e35','check','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76','p');
CREATE TABLE engine_external_task (
	id VARCHAR(255) NOT NULL, 
	lock_until BIGINT, 
	business_key VARCHAR(255), 
	scopes TEXT, 
	suspended BOOLEAN NOT NULL, 
	created BIGINT, 
	topic VARCHAR(255), 
	worker_id VARCHAR(255), 
	retries INTEGER, 
	priority INTEGER, 
	activity_instance_id VARCHAR(255), 
	error_message TEXT, 
	error_details TEXT, 
	instance_id VARCHAR(255), 
	execution_id VARCHAR(255), 
	activity_id VARCHAR(255), 
	definition_id VARCHAR(255), 
	definition_key VARCHAR(255), 
	PRIMARY KEY (id)
);
INSERT INTO "engine_external_task" VALUES('01a2031b-bbce-71c8-8a47-8e9563dcc393',NULL,'case-2','["01a2031b-bbcd-74dc-b87a-2d6519e74e35","01a2031b-bbc2-707f-b2ed-dd4ac720882a"]',0,1795348478923,'check',NULL,NULL,0,'01a2031b-bbcd-70a9-bf1d-f7908e948518',NULL,NULL,'01a2031b-bbc2-707f-b2ed-dd4ac720882a','01a2031b-bbcd-74dc-b87a-2d6519e74e35','check','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76','p');
CREATE TABLE engine_identity_link (
	id VARCHAR(255) NOT NULL, 
	task_id VARCHAR(255), 
	type VARCHAR(255), 
	user_id VARCHAR(255), 
	group_id VARCHAR(255), 
	PRIMARY KEY (id)
);
INSERT INTO "engine_identity_link" VALUES('01a2031b-bba6-7c4a-8c1b-e323a2845612','01a2031b-bba6-74f0-82c1-94e622731649','candidate',NULL,'controllers');
INSERT INTO "engine_identity_link" VALUES('01a2031b-bbc2-7f9f-9560-2cb19ea6849c','01a2031b-bbc2-70ae-bdd0-4142331db477','candidate',NULL,'controllers');
CREATE TABLE engine_incident (
	id VARCHAR(255) NOT NULL, 
	type VARCHAR(255), 
	time BIGINT, 
	end_time BIGINT, 
	state VARCHAR(255), 
	message TEXT, 
	configuration VARCHAR(255), 
	log_id VARCHAR(255), 
	job_definition_id VARCHAR(255), 
	failed_activity_id VARCHAR(255), 
	instance_id VARCHAR(255), 
	execution_id VARCHAR(255), 
	activity_id VARCHAR(255), 
	definition_id VARCHAR(255), 
	definition_key VARCHAR(255), 
	PRIMARY KEY (id)
);
CREATE TABLE engine_instance (
	id VARCHAR(255) NOT NULL, 
	definition_id VARCHAR(255), 
	definition_key VARCHAR(255), 
	business_key VARCHAR(255), 
	start_activity VARCHAR(255), 
	start_user VARCHAR(255), 
	state VARCHAR(255), 
	delete_reason TEXT, 
	executions TEXT, 
	version INTEGER, 
	suspended BOOLEAN NOT NULL, 
	start_time BIGINT, 
	end_time BIGINT, 
	removal_time BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "engine_instance" VALUES('01a2031b-bba6-7e01-8c2d-2774026fe355','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76','p','case-1','start','demo','ACTIVE',NULL,'[{"id":"01a2031b-bba6-7e01-8c2d-2774026fe355","scope":"","scope_instance":"01a2031b-bba6-7e01-8c2d-2774026fe355","active":true,"activity":"review","instance":"01a2031b-bba6-7f32-bd8e-f9189a594c4f","task":"01a2031b-bba6-74f0-82c1-94e622731649"}]',1,0,1795348478882,NULL,NULL);
INSERT INTO "engine_instance" VALUES('01a2031b-bbc2-707f-b2ed-dd4ac720882a','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76','p','case-2','start','demo','ACTIVE',NULL,'[{"id":"01a2031b-bbc2-707f-b2ed-dd4ac720882a","scope":"","scope_instance":"01a2031b-bbc2-707f-b2ed-dd4ac720882a"},{"id":"01a2031b-bbcd-74dc-b87a-2d6519e74e35","parent":"01a2031b-bbc2-707f-b2ed-dd4ac720882a","scope":"check","scope_instance":"01a2031b-bbcd-70a9-bf1d-f7908e948518","active":true,"activity":"check","instance":"01a2031b-bbcd-70a9-bf1d-f7908e948518","external":"01a2031b-bbce-71c8-8a47-8e9563dcc393"}]',2,0,1795348478913,NULL,NULL);
CREATE TABLE engine_job (
	id VARCHAR(255) NOT NULL, 
	kind VARCHAR(255), 
	config VARCHAR(255), 
	due BIGINT, 
	retries INTEGER, 
	priority INTEGER, 
	exception_message TEXT, 
	exception_details TEXT, 
	failed_activity_id VARCHAR(255), 
	suspended BOOLEAN NOT NULL, 
	created BIGINT, 
	instance_id VARCHAR(255), 
	execution_id VARCHAR(255), 
	activity_id VARCHAR(255), 
	definition_id VARCHAR(255), 
	definition_key VARCHAR(255), 
	PRIMARY KEY (id)
);
CREATE TABLE engine_process_definition (
	id VARCHAR(255) NOT NULL, 
	"key" VARCHAR(255), 
	ttl INTEGER, 
	suspended BOOLEAN NOT NULL, 
	startable BOOLEAN NOT NULL, 
	name VARCHAR(255), 
	category VARCHAR(255), 
	deployment_id VARCHAR(255), 
	resource VARCHAR(255), 
	version_tag VARCHAR(255), 
	version INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "engine_process_definition" VALUES('p:1:01a2031b-bb9d-7c46-8705-c23b00360c76','p',30,0,1,NULL,'test','01a2031b-bb99-704b-b81f-7c5dbdfa5c48','m0.bpmn',NULL,1);
CREATE TABLE engine_resource (
	id VARCHAR(255) NOT NULL, 
	deployment_id VARCHAR(255), 
	name VARCHAR(255), 
	data BLOB, 
	PRIMARY KEY (id)
);
INSERT INTO "engine_resource" VALUES('01a2031b-bb9a-7aa5-8715-cdb1fb45743d','01a2031b-bb99-704b-b81f-7c5dbdfa5c48','m0.bpmn',X'3C3F786D6C2076657273696F6E3D22312E302220656E636F64696E673D225554462D38223F3E0A3C646566696E6974696F6E7320786D6C6E733D22687474703A2F2F7777772E6F6D672E6F72672F737065632F42504D4E2F32303130303532342F4D4F44454C2220786D6C6E733A7873693D22687474703A2F2F7777772E77332E6F72672F323030312F584D4C536368656D612D696E7374616E6365220A20202020202020202020202020786D6C6E733A63616D756E64613D22687474703A2F2F63616D756E64612E6F72672F736368656D612F312E302F62706D6E22207461726765744E616D6573706163653D2274657374223E0A3C70726F636573732069643D22702220697345786563757461626C653D2274727565222063616D756E64613A686973746F727954696D65546F4C6976653D2250333044223E0A3C73746172744576656E742069643D227374617274222F3E3C757365725461736B2069643D2272657669657722206E616D653D22526576696577222063616D756E64613A63616E64696461746547726F7570733D22636F6E74726F6C6C657273222F3E3C736572766963655461736B2069643D22636865636B222063616D756E64613A747970653D2265787465726E616C222063616D756E64613A746F7069633D22636865636B22203E3C2F736572766963655461736B3E3C656E644576656E742069643D22656E64222F3E3C73657175656E6365466C6F772069643D2273746172745F7265766965772220736F757263655265663D22737461727422207461726765745265663D22726576696577223E3C2F73657175656E6365466C6F773E3C73657175656E6365466C6F772069643D227265766965775F636865636B2220736F757263655265663D2272657669657722207461726765745265663D22636865636B223E3C2F73657175656E6365466C6F773E3C73657175656E6365466C6F772069643D22636865636B5F656E642220736F757263655265663D22636865636B22207461726765745265663D22656E64223E3C2F73657175656E6365466C6F773E0A3C2F70726F636573733E3C2F646566696E6974696F6E733E');
CREATE TABLE engine_schema (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "engine_schema" VALUES(1);
CREATE TABLE engine_subscription (
	id VARCHAR(255) NOT NULL, 
	event_name VARCHAR(255), 
	created BIGINT, 
	instance_id VARCHAR(255), 
	execution_id VARCHAR(255), 
	activity_id VARCHAR(255), 
	definition_id VARCHAR(255), 
	definition_key VARCHAR(255), 
	PRIMARY KEY (id)
);
CREATE TABLE engine_task (
	id VARCHAR(255) NOT NULL, 
	name VARCHAR(255), 
	description TEXT, 
	assignee VARCHAR(255), 
	owner VARCHAR(255), 
	delegation VARCHAR(255), 
	priority INTEGER, 
	due BIGINT, 
	follow_up BIGINT, 
	created BIGINT, 
	updated BIGINT, 
	end_time BIGINT, 
	delete_reason VARCHAR(255), 
	state VARCHAR(255), 
	suspended BOOLEAN NOT NULL, 
	form_key VARCHAR(255), 
	form_ref TEXT, 
	activity_instance_id VARCHAR(255), 
	instance_id VARCHAR(255), 
	execution_id VARCHAR(255), 
	activity_id VARCHAR(255), 
	definition_id VARCHAR(255), 
	definition_key VARCHAR(255), 
	PRIMARY KEY (id)
);
INSERT INTO "engine_task" VALUES('01a2031b-bba6-74f0-82c1-94e622731649','Review',NULL,NULL,NULL,NULL,50,NULL,NULL,1795348478882,NULL,NULL,NULL,'Created',0,NULL,NULL,'01a2031b-bba6-7f32-bd8e-f9189a594c4f','01a2031b-bba6-7e01-8c2d-2774026fe355','01a2031b-bba6-7e01-8c2d-2774026fe355','review','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76','p');
INSERT INTO "engine_task" VALUES('01a2031b-bbc2-70ae-bdd0-4142331db477','Review',NULL,NULL,NULL,NULL,50,NULL,NULL,1795348478913,NULL,1795348478923,'completed','Completed',0,NULL,NULL,'01a2031b-bbc2-7d66-babb-05bfc4d867e1','01a2031b-bbc2-707f-b2ed-dd4ac720882a','01a2031b-bbc2-707f-b2ed-dd4ac720882a','review','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76','p');
CREATE TABLE engine_variable (
	id VARCHAR(255) NOT NULL, 
	instance_id VARCHAR(255), 
	definition_id VARCHAR(255), 
	execution_id VARCHAR(255), 
	activity_instance_id VARCHAR(255), 
	task_id VARCHAR(255), 
	name VARCHAR(255), 
	type VARCHAR(255), 
	value TEXT, 
	text_value TEXT, 
	number_value DOUBLE, 
	revision INTEGER, 
	live BOOLEAN NOT NULL, 
	state VARCHAR(255), 
	created BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "engine_variable" VALUES('01a2031b-bba6-7f07-a075-85e01ae10f95','01a2031b-bba6-7e01-8c2d-2774026fe355','p:1:01a2031b-bb9d-7c46-8705-c23b00360c76','01a2031b-bba6-7e01-8c2d-2774026fe355','01a2031b-bba6-7e01-8c2d-2774026fe355',NULL,'amount','Integer','{"t":"Integer","v":80}',NULL,80.0,0,1,'CREATED',1795348478882);
CREATE INDEX ix_engine_resource_deployment_id ON engine_resource (deployment_id);
CREATE INDEX ix_engine_process_definition_key ON engine_process_definition ("key");
CREATE INDEX ix_engine_decision_definition_key ON engine_decision_definition ("key");
CREATE INDEX ix_engine_subscription_instance_id ON engine_subscription (instance_id);
CREATE INDEX ix_engine_subscription_event_name ON engine_subscription (event_name);
CREATE INDEX ix_engine_instance_business_key ON engine_instance (business_key);
CREATE INDEX ix_engine_instance_definition_key ON engine_instance (definition_key);
CREATE INDEX ix_engine_variable_instance_id ON engine_variable (instance_id);
CREATE INDEX ix_engine_detail_instance_id ON engine_detail (instance_id);
CREATE INDEX ix_engine_activity_instance_id ON engine_activity (instance_id);
CREATE INDEX ix_engine_external_task_instance_id ON engine_external_task (instance_id);
CREATE INDEX ix_engine_external_task_topic ON engine_external_task (topic);
CREATE INDEX ix_engine_external_log_instance_id ON engine_external_log (instance_id);
CREATE INDEX ix_engine_task_end_time ON engine_task (end_time);
CREATE INDEX ix_engine_task_instance_id ON engine_task (instance_id);
CREATE INDEX ix_engine_identity_link_task_id ON engine_identity_link (task_id);
CREATE INDEX ix_engine_comment_task_id ON engine_comment (task_id);
CREATE INDEX ix_engine_job_instance_id ON engine_job (instance_id);
CREATE INDEX ix_engine_job_due ON engine_job (due);
CREATE INDEX ix_engine_incident_instance_id ON engine_incident (instance_id);
CREATE INDEX ix_engine_decision_instance_instance_id ON engine_decision_instance (instance_id);
COMMIT;
