"""Creates the stack that is on standard input in moto, and says what is there.

Standard output has, for each type of resource that moto makes, what its own API
tells: moto answers CREATE_COMPLETE also for what it skipped.
"""

import json
import sys

import boto3
from moto import mock_aws

REGION = "eu-central-1"


def create(name, template, parameters):
    cloudformation = boto3.client("cloudformation", REGION)
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0]


def found():
    def client(service):
        return boto3.client(service, REGION)

    functions = client("lambda").list_functions()["Functions"]
    return {
        "functions": {f["FunctionName"]: f["Environment"]["Variables"] for f in functions},
        "permissions": [json.loads(policy(f)) for f in functions if policy(f)],
        "tables": [client("dynamodb").describe_table(TableName=n)["Table"] for n in client("dynamodb").list_tables()["TableNames"]],
        "topics": [t["TopicArn"] for t in client("sns").list_topics()["Topics"]],
        "queues": client("sqs").list_queues().get("QueueUrls", []),
        "buckets": [b["Name"] for b in client("s3").list_buckets()["Buckets"]],
        "roles": [r["RoleName"] for r in client("iam").list_roles()["Roles"]],
        "groups": {g["logGroupName"]: g.get("retentionInDays") for g in client("logs").describe_log_groups()["logGroups"]},
        "dashboards": [d["DashboardName"] for d in client("cloudwatch").list_dashboards()["DashboardEntries"]],
        "streams": client("kinesis").list_streams()["StreamNames"],
    }


def policy(function):
    client = boto3.client("lambda", REGION)
    try:
        return client.get_policy(FunctionName=function["FunctionName"])["Policy"]
    except client.exceptions.ResourceNotFoundException:
        return None


@mock_aws
def main():
    given = json.load(sys.stdin)
    # moto wants the code to lie where the template says.
    s3 = boto3.client("s3", "us-east-1")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Body=b"zip")
    stacks = [create(name, given["template"], given["parameters"]) for name in given["names"]]
    out = {"stacks": stacks, **found()}
    json.dump(out, sys.stdout, default=str)


main()
