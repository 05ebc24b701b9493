package awstest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Table creates an empty table as template.yaml does, and returns its name.
func (m *Moto) Table(t testing.TB) string {
	t.Helper()
	name := m.name(t)
	client := dynamodb.NewFromConfig(m.Config())
	if _, err := client.CreateTable(t.Context(), Schema(name)); err != nil {
		t.Fatalf("create table: %v", err)
	}
	_, err := client.UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{
		TableName: &name,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{
			AttributeName: aws.String(Expires), Enabled: aws.Bool(true),
		},
	})
	if err != nil {
		t.Fatalf("time to live: %v", err)
	}
	return name
}

// Expires is the attribute that holds when an item expires, in Unix seconds.
const Expires = "expires"

// Schema is the table that internal/dynamo works on: keys pk and sk, and the
// index "listed" (list_name, list_time; keys only), which only Entries are in.
func Schema(name string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		KeySchema:   keys("pk", "sk"),
		AttributeDefinitions: []types.AttributeDefinition{
			text("pk"), text("sk"), text("list_name"), text("list_time"),
		},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName:  aws.String("listed"),
			KeySchema:  keys("list_name", "list_time"),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		}},
	}
}

func keys(partition, sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: &partition, KeyType: types.KeyTypeHash},
		{AttributeName: &sort, KeyType: types.KeyTypeRange},
	}
}

func text(name string) types.AttributeDefinition {
	return types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeTypeS}
}
