#!/usr/bin/env bash
# Several sites, one server: three private addresses on one interface, an Elastic IP for each, and a web server that picks
# the certificate by the address a visitor came to. No SNI is needed, so this also serves clients that do not send it.
#
# As root, since it enters the instance:
#
#   enid up --detach
#   eval "$(enid env)"
#   examples/several-sites.sh
set -euo pipefail
export AWS_PAGER=

for program in aws enid curl nginx openssl; do
	command -v "$program" >/dev/null || { echo "several-sites: $program is not on the PATH" >&2; exit 1; }
done

# What is made is removed at the end, the latest first, whether the example works or not.
undo=()
at_end() { undo=("$*" "${undo[@]}"); }
clean_up() {
	local status=$? step
	for step in "${undo[@]}"; do
		eval "$step" >/dev/null || { echo "several-sites: could not: $step" >&2; status=1; }
	done
	exit "$status"
}
trap clean_up EXIT

folder=$(mktemp --directory)
at_end "rm -rf $folder"

echo "A VPC with a way to the internet, and a group that lets HTTPS in"
vpc=$(aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId --output text)
at_end "aws ec2 delete-vpc --vpc-id $vpc"
subnet=$(aws ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.0.0.0/24 --query Subnet.SubnetId --output text)
at_end "aws ec2 delete-subnet --subnet-id $subnet"

gateway=$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text)
at_end "aws ec2 delete-internet-gateway --internet-gateway-id $gateway"
aws ec2 attach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"
at_end "aws ec2 detach-internet-gateway --internet-gateway-id $gateway --vpc-id $vpc"

# A new VPC has a main route table, which its subnets use until another is associated. Answers need a way back.
routes=$(aws ec2 describe-route-tables --filters "Name=vpc-id,Values=$vpc" --query 'RouteTables[0].RouteTableId' --output text)
aws ec2 create-route --route-table-id "$routes" --destination-cidr-block 0.0.0.0/0 --gateway-id "$gateway" >/dev/null

group=$(aws ec2 create-security-group --vpc-id "$vpc" --group-name sites --description "HTTPS for everyone" --query GroupId --output text)
at_end "aws ec2 delete-security-group --group-id $group"
aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 443 --cidr 0.0.0.0/0 >/dev/null

echo "An instance with three private addresses"
image=$(aws ec2 describe-images --owners amazon --filters Name=architecture,Values=x86_64 --query 'Images[0].ImageId' --output text)
# The primary address is for EC2 to choose: the AWS CLI cannot name it (--private-ip-address) along with secondary ones.
read -r instance interface primary < <(aws ec2 run-instances --image-id "$image" --instance-type t3.small \
	--subnet-id "$subnet" --security-group-ids "$group" --secondary-private-ip-addresses 10.0.0.11 10.0.0.12 \
	--query 'Instances[0].[InstanceId,NetworkInterfaces[0].NetworkInterfaceId,PrivateIpAddress]' --output text)
private=("$primary" 10.0.0.11 10.0.0.12)
at_end "aws ec2 terminate-instances --instance-ids $instance && aws ec2 wait instance-terminated --instance-ids $instance"
aws ec2 wait instance-running --instance-ids "$instance"

# EC2 routes secondary addresses to the instance; that the operating system has them is the instance's own business.
for address in "${private[@]:1}"; do
	enid exec "$instance" -- ip address add "$address/24" dev eth0
done
enid exec "$instance" -- ip -brief address show dev eth0

echo "An Elastic IP for each of them, and a certificate for each Elastic IP"
public=()
for site in 0 1 2; do
	read -r allocation address < <(aws ec2 allocate-address --domain vpc --query '[AllocationId,PublicIp]' --output text)
	at_end "aws ec2 release-address --allocation-id $allocation"
	association=$(aws ec2 associate-address --allocation-id "$allocation" --network-interface-id "$interface" \
		--private-ip-address "${private[site]}" --query AssociationId --output text)
	at_end "aws ec2 disassociate-address --association-id $association"
	public+=("$address")

	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj "/CN=site $site" \
		-addext "subjectAltName=IP:$address" -keyout "$folder/$site.key" -out "$folder/$site.pem" 2>/dev/null
	cat >>"$folder/sites.conf" <<-SITE
		server {
			listen ${private[site]}:443 ssl;
			ssl_certificate $folder/$site.pem;
			ssl_certificate_key $folder/$site.key;
			location / { return 200 "Welcome to site $site\n"; }
		}
	SITE
done

echo "One nginx for the three sites"
cat >"$folder/nginx.conf" <<-CONF
	pid /run/nginx.pid;
	error_log $folder/error.log;
	events {}
	http {
		access_log off;
		include $folder/sites.conf;
	}
CONF
enid exec "$instance" -- nginx -e "$folder/error.log" -c "$folder/nginx.conf"

echo "Visitors from the internet, which is this host, each trusting one site's certificate only"
for site in 0 1 2; do
	page=$(curl --silent --show-error --max-time 10 --cacert "$folder/$site.pem" "https://${public[site]}/")
	echo "  https://${public[site]} -> ${private[site]}: $page"
	[ "$page" = "Welcome to site $site" ]

	# To be sure that the certificates are told apart: the next site's certificate must not do here.
	if curl --silent --max-time 10 --cacert "$folder/$(((site + 1) % 3)).pem" "https://${public[site]}/"; then
		echo "several-sites: site $site showed another site's certificate" >&2
		exit 1
	fi
done
echo "Every site showed its own certificate."
