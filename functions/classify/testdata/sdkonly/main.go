// Command sdkonly only makes the clients that classify makes: what is left when
// nothing of ours is linked, for comparison.
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

func main() {
	sdk, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	table, topic := dynamodb.NewFromConfig(sdk), sns.NewFromConfig(sdk)
	lambda.Start(func(ctx context.Context) error {
		name := aws.String(os.Getenv("NAME"))
		_, err := table.GetItem(ctx, &dynamodb.GetItemInput{TableName: name})
		if err == nil {
			_, err = table.PutItem(ctx, &dynamodb.PutItemInput{TableName: name})
		}
		if err == nil {
			_, err = table.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: name})
		}
		if err == nil {
			_, err = table.Query(ctx, &dynamodb.QueryInput{TableName: name})
		}
		if err == nil {
			_, err = table.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{})
		}
		if err == nil {
			_, err = topic.Publish(ctx, &sns.PublishInput{TopicArn: name})
		}
		return err
	})
}
