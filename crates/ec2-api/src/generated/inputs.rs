//! Structures that only requests hold. Written by `cargo xtask codegen`; do not edit.

use super::shared::*;
use crate::shape::prelude::*;

input_shapes! {
AcceleratorCountRequest {
    min: Option<i32> = optional "Min";
    max: Option<i32> = optional "Max";
}
AcceleratorTotalMemoryMiBRequest {
    min: Option<i32> = optional "Min";
    max: Option<i32> = optional "Max";
}
AcceptAddressTransferRequest {
    address: Option<String> = required "Address";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    dry_run: Option<bool> = optional "DryRun";
}
AcceptVpcPeeringConnectionRequest {
    dry_run: Option<bool> = optional "DryRun";
    vpc_peering_connection_id: Option<String> = required "VpcPeeringConnectionId";
}
AddPrefixListEntry {
    cidr: Option<String> = required "Cidr";
    description: Option<String> = optional "Description";
}
AllocateAddressRequest {
    domain: Option<String> = optional "Domain";
    address: Option<String> = optional "Address";
    public_ipv4_pool: Option<String> = optional "PublicIpv4Pool";
    network_border_group: Option<String> = optional "NetworkBorderGroup";
    customer_owned_ipv4_pool: Option<String> = optional "CustomerOwnedIpv4Pool";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    ipam_pool_id: Option<String> = optional "IpamPoolId";
    dry_run: Option<bool> = optional "DryRun";
}
AssignIpv6AddressesRequest {
    ipv6_prefix_count: Option<i32> = optional "Ipv6PrefixCount";
    ipv6_prefixes: Vec<String> = optional "Ipv6Prefix";
    network_interface_id: Option<String> = required "NetworkInterfaceId";
    ipv6_addresses: Vec<String> = optional "Ipv6Addresses";
    ipv6_address_count: Option<i32> = optional "Ipv6AddressCount";
}
AssignPrivateIpAddressesRequest {
    ipv4_prefixes: Vec<String> = optional "Ipv4Prefix";
    ipv4_prefix_count: Option<i32> = optional "Ipv4PrefixCount";
    network_interface_id: Option<String> = required "NetworkInterfaceId";
    private_ip_addresses: Vec<String> = optional "PrivateIpAddress";
    secondary_private_ip_address_count: Option<i32> = optional "SecondaryPrivateIpAddressCount";
    allow_reassignment: Option<bool> = optional "AllowReassignment";
}
AssignPrivateNatGatewayAddressRequest {
    nat_gateway_id: Option<String> = required "NatGatewayId";
    private_ip_addresses: Vec<String> = optional "PrivateIpAddress";
    private_ip_address_count: Option<i32> = optional "PrivateIpAddressCount";
    dry_run: Option<bool> = optional "DryRun";
}
AssociateAddressRequest {
    allocation_id: Option<String> = optional "AllocationId";
    instance_id: Option<String> = optional "InstanceId";
    public_ip: Option<String> = optional "PublicIp";
    dry_run: Option<bool> = optional "DryRun";
    network_interface_id: Option<String> = optional "NetworkInterfaceId";
    private_ip_address: Option<String> = optional "PrivateIpAddress";
    allow_reassociation: Option<bool> = optional "AllowReassociation";
}
AssociateDhcpOptionsRequest {
    dhcp_options_id: Option<String> = required "DhcpOptionsId";
    vpc_id: Option<String> = required "VpcId";
    dry_run: Option<bool> = optional "DryRun";
}
AssociateNatGatewayAddressRequest {
    nat_gateway_id: Option<String> = required "NatGatewayId";
    allocation_ids: Vec<String> = required "AllocationId";
    private_ip_addresses: Vec<String> = optional "PrivateIpAddress";
    dry_run: Option<bool> = optional "DryRun";
    availability_zone: Option<String> = optional "AvailabilityZone";
    availability_zone_id: Option<String> = optional "AvailabilityZoneId";
}
AssociateRouteTableRequest {
    gateway_id: Option<String> = optional "GatewayId";
    public_ipv4_pool: Option<String> = optional "PublicIpv4Pool";
    dry_run: Option<bool> = optional "DryRun";
    subnet_id: Option<String> = optional "SubnetId";
    route_table_id: Option<String> = required "RouteTableId";
}
AssociateSubnetCidrBlockRequest {
    ipv6_ipam_pool_id: Option<String> = optional "Ipv6IpamPoolId";
    ipv6_netmask_length: Option<i32> = optional "Ipv6NetmaskLength";
    subnet_id: Option<String> = required "SubnetId";
    ipv6_cidr_block: Option<String> = optional "Ipv6CidrBlock";
}
AssociateVpcCidrBlockRequest {
    cidr_block: Option<String> = optional "CidrBlock";
    ipv6_cidr_block_network_border_group: Option<String> = optional "Ipv6CidrBlockNetworkBorderGroup";
    ipv6_pool: Option<String> = optional "Ipv6Pool";
    ipv6_cidr_block: Option<String> = optional "Ipv6CidrBlock";
    ipv4_ipam_pool_id: Option<String> = optional "Ipv4IpamPoolId";
    ipv4_netmask_length: Option<i32> = optional "Ipv4NetmaskLength";
    ipv6_ipam_pool_id: Option<String> = optional "Ipv6IpamPoolId";
    ipv6_netmask_length: Option<i32> = optional "Ipv6NetmaskLength";
    vpc_id: Option<String> = required "VpcId";
    amazon_provided_ipv6_cidr_block: Option<bool> = optional "AmazonProvidedIpv6CidrBlock";
}
AttachInternetGatewayRequest {
    dry_run: Option<bool> = optional "DryRun";
    internet_gateway_id: Option<String> = required "InternetGatewayId";
    vpc_id: Option<String> = required "VpcId";
}
AttachNetworkInterfaceRequest {
    network_card_index: Option<i32> = optional "NetworkCardIndex";
    ena_srd_specification: Option<EnaSrdSpecification> = optional "EnaSrdSpecification";
    ena_queue_count: Option<i32> = optional "EnaQueueCount";
    dry_run: Option<bool> = optional "DryRun";
    network_interface_id: Option<String> = required "NetworkInterfaceId";
    instance_id: Option<String> = required "InstanceId";
    device_index: Option<i32> = required "DeviceIndex";
}
AuthorizeSecurityGroupEgressRequest {
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    dry_run: Option<bool> = optional "DryRun";
    group_id: Option<String> = required "GroupId";
    source_security_group_name: Option<String> = optional "SourceSecurityGroupName";
    source_security_group_owner_id: Option<String> = optional "SourceSecurityGroupOwnerId";
    ip_protocol: Option<String> = optional "IpProtocol";
    from_port: Option<i32> = optional "FromPort";
    to_port: Option<i32> = optional "ToPort";
    cidr_ip: Option<String> = optional "CidrIp";
    ip_permissions: Vec<IpPermission> = optional "IpPermissions";
}
AuthorizeSecurityGroupIngressRequest {
    cidr_ip: Option<String> = optional "CidrIp";
    from_port: Option<i32> = optional "FromPort";
    group_id: Option<String> = optional "GroupId";
    group_name: Option<String> = optional "GroupName";
    ip_permissions: Vec<IpPermission> = optional "IpPermissions";
    ip_protocol: Option<String> = optional "IpProtocol";
    source_security_group_name: Option<String> = optional "SourceSecurityGroupName";
    source_security_group_owner_id: Option<String> = optional "SourceSecurityGroupOwnerId";
    to_port: Option<i32> = optional "ToPort";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    dry_run: Option<bool> = optional "DryRun";
}
AvailabilityZoneAddress {
    availability_zone: Option<String> = optional "AvailabilityZone";
    availability_zone_id: Option<String> = optional "AvailabilityZoneId";
    allocation_ids: Vec<String> = optional "AllocationId";
}
BaselineEbsBandwidthMbpsRequest {
    min: Option<i32> = optional "Min";
    max: Option<i32> = optional "Max";
}
BaselinePerformanceFactorsRequest {
    cpu: Option<CpuPerformanceFactorRequest> = optional "Cpu";
}
CapacityReservationSpecification {
    capacity_reservation_preference: Option<String> = optional "CapacityReservationPreference";
    capacity_reservation_target: Option<CapacityReservationTarget> = optional "CapacityReservationTarget";
}
CapacityReservationTarget {
    capacity_reservation_id: Option<String> = optional "CapacityReservationId";
    capacity_reservation_resource_group_arn: Option<String> = optional "CapacityReservationResourceGroupArn";
}
ConnectionTrackingSpecificationRequest {
    tcp_established_timeout: Option<i32> = optional "TcpEstablishedTimeout";
    udp_stream_timeout: Option<i32> = optional "UdpStreamTimeout";
    udp_timeout: Option<i32> = optional "UdpTimeout";
}
CpuOptionsRequest {
    core_count: Option<i32> = optional "CoreCount";
    threads_per_core: Option<i32> = optional "ThreadsPerCore";
    amd_sev_snp: Option<String> = optional "AmdSevSnp";
    nested_virtualization: Option<String> = optional "NestedVirtualization";
}
CpuPerformanceFactorRequest {
    references: Vec<PerformanceFactorReferenceRequest> = optional "Reference";
}
CreateDefaultSubnetRequest {
    availability_zone: Option<String> = optional "AvailabilityZone";
    dry_run: Option<bool> = optional "DryRun";
    ipv6_native: Option<bool> = optional "Ipv6Native";
    availability_zone_id: Option<String> = optional "AvailabilityZoneId";
}
CreateDefaultVpcRequest {
    dry_run: Option<bool> = optional "DryRun";
}
CreateDhcpOptionsRequest {
    dhcp_configurations: Vec<NewDhcpConfiguration> = required "DhcpConfiguration";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    dry_run: Option<bool> = optional "DryRun";
}
CreateEgressOnlyInternetGatewayRequest {
    client_token: Option<String> = optional "ClientToken";
    dry_run: Option<bool> = optional "DryRun";
    vpc_id: Option<String> = required "VpcId";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
}
CreateInternetGatewayRequest {
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    dry_run: Option<bool> = optional "DryRun";
}
CreateKeyPairRequest {
    key_name: Option<String> = required "KeyName";
    key_type: Option<String> = optional "KeyType";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    key_format: Option<String> = optional "KeyFormat";
    dry_run: Option<bool> = optional "DryRun";
}
CreateLaunchTemplateRequest {
    dry_run: Option<bool> = optional "DryRun";
    client_token: Option<String> = optional "ClientToken";
    launch_template_name: Option<String> = required "LaunchTemplateName";
    version_description: Option<String> = optional "VersionDescription";
    launch_template_data: Option<RequestLaunchTemplateData> = required "LaunchTemplateData";
    operator: Option<OperatorRequest> = optional "Operator";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
}
CreateLaunchTemplateVersionRequest {
    dry_run: Option<bool> = optional "DryRun";
    client_token: Option<String> = optional "ClientToken";
    launch_template_id: Option<String> = optional "LaunchTemplateId";
    launch_template_name: Option<String> = optional "LaunchTemplateName";
    source_version: Option<String> = optional "SourceVersion";
    version_description: Option<String> = optional "VersionDescription";
    launch_template_data: Option<RequestLaunchTemplateData> = required "LaunchTemplateData";
    resolve_alias: Option<bool> = optional "ResolveAlias";
}
CreateManagedPrefixListRequest {
    dry_run: Option<bool> = optional "DryRun";
    prefix_list_name: Option<String> = required "PrefixListName";
    entries: Vec<AddPrefixListEntry> = optional "Entry";
    max_entries: Option<i32> = required "MaxEntries";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    address_family: Option<String> = required "AddressFamily";
    client_token: Option<String> = optional "ClientToken";
}
CreateNatGatewayRequest {
    availability_mode: Option<String> = optional "AvailabilityMode";
    allocation_id: Option<String> = optional "AllocationId";
    client_token: Option<String> = optional "ClientToken";
    dry_run: Option<bool> = optional "DryRun";
    subnet_id: Option<String> = optional "SubnetId";
    vpc_id: Option<String> = optional "VpcId";
    availability_zone_addresses: Vec<AvailabilityZoneAddress> = optional "AvailabilityZoneAddress";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    connectivity_type: Option<String> = optional "ConnectivityType";
    private_ip_address: Option<String> = optional "PrivateIpAddress";
    secondary_allocation_ids: Vec<String> = optional "SecondaryAllocationId";
    secondary_private_ip_addresses: Vec<String> = optional "SecondaryPrivateIpAddress";
    secondary_private_ip_address_count: Option<i32> = optional "SecondaryPrivateIpAddressCount";
}
CreateNetworkAclEntryRequest {
    dry_run: Option<bool> = optional "DryRun";
    network_acl_id: Option<String> = required "NetworkAclId";
    rule_number: Option<i32> = required "RuleNumber";
    protocol: Option<String> = required "Protocol";
    rule_action: Option<String> = required "RuleAction";
    egress: Option<bool> = required "Egress";
    cidr_block: Option<String> = optional "CidrBlock";
    ipv6_cidr_block: Option<String> = optional "Ipv6CidrBlock";
    icmp_type_code: Option<IcmpTypeCode> = optional "Icmp";
    port_range: Option<PortRange> = optional "PortRange";
}
CreateNetworkAclRequest {
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    client_token: Option<String> = optional "ClientToken";
    dry_run: Option<bool> = optional "DryRun";
    vpc_id: Option<String> = required "VpcId";
}
CreateNetworkInterfacePermissionRequest {
    network_interface_id: Option<String> = required "NetworkInterfaceId";
    aws_account_id: Option<String> = optional "AwsAccountId";
    aws_service: Option<String> = optional "AwsService";
    permission: Option<String> = required "Permission";
    dry_run: Option<bool> = optional "DryRun";
}
CreateNetworkInterfaceRequest {
    ipv4_prefixes: Vec<Ipv4PrefixSpecificationRequest> = optional "Ipv4Prefix";
    ipv4_prefix_count: Option<i32> = optional "Ipv4PrefixCount";
    ipv6_prefixes: Vec<Ipv6PrefixSpecificationRequest> = optional "Ipv6Prefix";
    ipv6_prefix_count: Option<i32> = optional "Ipv6PrefixCount";
    interface_type: Option<String> = optional "InterfaceType";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    client_token: Option<String> = optional "ClientToken";
    enable_primary_ipv6: Option<bool> = optional "EnablePrimaryIpv6";
    connection_tracking_specification: Option<ConnectionTrackingSpecificationRequest> = optional "ConnectionTrackingSpecification";
    operator: Option<OperatorRequest> = optional "Operator";
    subnet_id: Option<String> = required "SubnetId";
    description: Option<String> = optional "Description";
    private_ip_address: Option<String> = optional "PrivateIpAddress";
    groups: Vec<String> = optional "SecurityGroupId";
    private_ip_addresses: Vec<PrivateIpAddressSpecification> = optional "PrivateIpAddresses";
    secondary_private_ip_address_count: Option<i32> = optional "SecondaryPrivateIpAddressCount";
    ipv6_addresses: Vec<InstanceIpv6Address> = optional "Ipv6Addresses";
    ipv6_address_count: Option<i32> = optional "Ipv6AddressCount";
    dry_run: Option<bool> = optional "DryRun";
}
CreatePeeringConnectionOptionsRequest {
    allow_multipath_resilience: Option<bool> = optional "AllowMultipathResilience";
    multipath_resilience_mode: Option<String> = optional "MultipathResilienceMode";
}
CreateRouteRequest {
    destination_prefix_list_id: Option<String> = optional "DestinationPrefixListId";
    vpc_endpoint_id: Option<String> = optional "VpcEndpointId";
    transit_gateway_id: Option<String> = optional "TransitGatewayId";
    local_gateway_id: Option<String> = optional "LocalGatewayId";
    carrier_gateway_id: Option<String> = optional "CarrierGatewayId";
    core_network_arn: Option<String> = optional "CoreNetworkArn";
    odb_network_arn: Option<String> = optional "OdbNetworkArn";
    dry_run: Option<bool> = optional "DryRun";
    route_table_id: Option<String> = required "RouteTableId";
    destination_cidr_block: Option<String> = optional "DestinationCidrBlock";
    gateway_id: Option<String> = optional "GatewayId";
    destination_ipv6_cidr_block: Option<String> = optional "DestinationIpv6CidrBlock";
    egress_only_internet_gateway_id: Option<String> = optional "EgressOnlyInternetGatewayId";
    instance_id: Option<String> = optional "InstanceId";
    network_interface_id: Option<String> = optional "NetworkInterfaceId";
    vpc_peering_connection_id: Option<String> = optional "VpcPeeringConnectionId";
    nat_gateway_id: Option<String> = optional "NatGatewayId";
}
CreateRouteTableRequest {
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    client_token: Option<String> = optional "ClientToken";
    dry_run: Option<bool> = optional "DryRun";
    vpc_id: Option<String> = required "VpcId";
}
CreateSecurityGroupRequest {
    description: Option<String> = required "GroupDescription";
    group_name: Option<String> = required "GroupName";
    vpc_id: Option<String> = optional "VpcId";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    dry_run: Option<bool> = optional "DryRun";
}
CreateSubnetCidrReservationRequest {
    subnet_id: Option<String> = required "SubnetId";
    cidr: Option<String> = required "Cidr";
    reservation_type: Option<String> = required "ReservationType";
    description: Option<String> = optional "Description";
    dry_run: Option<bool> = optional "DryRun";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
}
CreateSubnetRequest {
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    availability_zone: Option<String> = optional "AvailabilityZone";
    availability_zone_id: Option<String> = optional "AvailabilityZoneId";
    cidr_block: Option<String> = optional "CidrBlock";
    ipv6_cidr_block: Option<String> = optional "Ipv6CidrBlock";
    outpost_arn: Option<String> = optional "OutpostArn";
    vpc_id: Option<String> = required "VpcId";
    ipv6_native: Option<bool> = optional "Ipv6Native";
    ipv4_ipam_pool_id: Option<String> = optional "Ipv4IpamPoolId";
    ipv4_netmask_length: Option<i32> = optional "Ipv4NetmaskLength";
    ipv6_ipam_pool_id: Option<String> = optional "Ipv6IpamPoolId";
    ipv6_netmask_length: Option<i32> = optional "Ipv6NetmaskLength";
    dry_run: Option<bool> = optional "DryRun";
}
CreateTagsRequest {
    dry_run: Option<bool> = optional "DryRun";
    resources: Vec<String> = required "ResourceId";
    tags: Vec<Tag> = required "Tag";
}
CreateVpcPeeringConnectionRequest {
    peer_region: Option<String> = optional "PeerRegion";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    requester_peering_connection_options: Option<CreatePeeringConnectionOptionsRequest> = optional "RequesterPeeringConnectionOptions";
    dry_run: Option<bool> = optional "DryRun";
    vpc_id: Option<String> = required "VpcId";
    peer_vpc_id: Option<String> = optional "PeerVpcId";
    peer_owner_id: Option<String> = optional "PeerOwnerId";
}
CreateVpcRequest {
    cidr_block: Option<String> = optional "CidrBlock";
    ipv6_pool: Option<String> = optional "Ipv6Pool";
    ipv6_cidr_block: Option<String> = optional "Ipv6CidrBlock";
    ipv4_ipam_pool_id: Option<String> = optional "Ipv4IpamPoolId";
    ipv4_netmask_length: Option<i32> = optional "Ipv4NetmaskLength";
    ipv6_ipam_pool_id: Option<String> = optional "Ipv6IpamPoolId";
    ipv6_netmask_length: Option<i32> = optional "Ipv6NetmaskLength";
    ipv6_cidr_block_network_border_group: Option<String> = optional "Ipv6CidrBlockNetworkBorderGroup";
    vpc_encryption_control: Option<VpcEncryptionControlConfiguration> = optional "VpcEncryptionControl";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    dry_run: Option<bool> = optional "DryRun";
    instance_tenancy: Option<String> = optional "InstanceTenancy";
    amazon_provided_ipv6_cidr_block: Option<bool> = optional "AmazonProvidedIpv6CidrBlock";
}
CreditSpecificationRequest {
    cpu_credits: Option<String> = required "CpuCredits";
}
DeleteDhcpOptionsRequest {
    dhcp_options_id: Option<String> = required "DhcpOptionsId";
    dry_run: Option<bool> = optional "DryRun";
}
DeleteEgressOnlyInternetGatewayRequest {
    dry_run: Option<bool> = optional "DryRun";
    egress_only_internet_gateway_id: Option<String> = required "EgressOnlyInternetGatewayId";
}
DeleteInternetGatewayRequest {
    dry_run: Option<bool> = optional "DryRun";
    internet_gateway_id: Option<String> = required "InternetGatewayId";
}
DeleteKeyPairRequest {
    key_name: Option<String> = optional "KeyName";
    key_pair_id: Option<String> = optional "KeyPairId";
    dry_run: Option<bool> = optional "DryRun";
}
DeleteLaunchTemplateRequest {
    dry_run: Option<bool> = optional "DryRun";
    launch_template_id: Option<String> = optional "LaunchTemplateId";
    launch_template_name: Option<String> = optional "LaunchTemplateName";
}
DeleteLaunchTemplateVersionsRequest {
    dry_run: Option<bool> = optional "DryRun";
    launch_template_id: Option<String> = optional "LaunchTemplateId";
    launch_template_name: Option<String> = optional "LaunchTemplateName";
    versions: Vec<String> = required "LaunchTemplateVersion";
}
DeleteManagedPrefixListRequest {
    dry_run: Option<bool> = optional "DryRun";
    prefix_list_id: Option<String> = required "PrefixListId";
}
DeleteNatGatewayRequest {
    dry_run: Option<bool> = optional "DryRun";
    nat_gateway_id: Option<String> = required "NatGatewayId";
}
DeleteNetworkAclEntryRequest {
    dry_run: Option<bool> = optional "DryRun";
    network_acl_id: Option<String> = required "NetworkAclId";
    rule_number: Option<i32> = required "RuleNumber";
    egress: Option<bool> = required "Egress";
}
DeleteNetworkAclRequest {
    dry_run: Option<bool> = optional "DryRun";
    network_acl_id: Option<String> = required "NetworkAclId";
}
DeleteNetworkInterfacePermissionRequest {
    network_interface_permission_id: Option<String> = required "NetworkInterfacePermissionId";
    force: Option<bool> = optional "Force";
    dry_run: Option<bool> = optional "DryRun";
}
DeleteNetworkInterfaceRequest {
    dry_run: Option<bool> = optional "DryRun";
    network_interface_id: Option<String> = required "NetworkInterfaceId";
}
DeleteRouteRequest {
    destination_prefix_list_id: Option<String> = optional "DestinationPrefixListId";
    dry_run: Option<bool> = optional "DryRun";
    route_table_id: Option<String> = required "RouteTableId";
    destination_cidr_block: Option<String> = optional "DestinationCidrBlock";
    destination_ipv6_cidr_block: Option<String> = optional "DestinationIpv6CidrBlock";
}
DeleteRouteTableRequest {
    dry_run: Option<bool> = optional "DryRun";
    route_table_id: Option<String> = required "RouteTableId";
}
DeleteSecurityGroupRequest {
    group_id: Option<String> = optional "GroupId";
    group_name: Option<String> = optional "GroupName";
    dry_run: Option<bool> = optional "DryRun";
}
DeleteSubnetCidrReservationRequest {
    subnet_cidr_reservation_id: Option<String> = required "SubnetCidrReservationId";
    dry_run: Option<bool> = optional "DryRun";
}
DeleteSubnetRequest {
    subnet_id: Option<String> = required "SubnetId";
    dry_run: Option<bool> = optional "DryRun";
}
DeleteTagsRequest {
    dry_run: Option<bool> = optional "DryRun";
    resources: Vec<String> = required "ResourceId";
    tags: Vec<Tag> = optional "Tag";
}
DeleteVpcPeeringConnectionRequest {
    dry_run: Option<bool> = optional "DryRun";
    vpc_peering_connection_id: Option<String> = required "VpcPeeringConnectionId";
}
DeleteVpcRequest {
    vpc_id: Option<String> = required "VpcId";
    dry_run: Option<bool> = optional "DryRun";
}
DescribeAccountAttributesRequest {
    dry_run: Option<bool> = optional "DryRun";
    attribute_names: Vec<String> = optional "AttributeName";
}
DescribeAddressTransfersRequest {
    allocation_ids: Vec<String> = optional "AllocationId";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    dry_run: Option<bool> = optional "DryRun";
}
DescribeAddressesAttributeRequest {
    allocation_ids: Vec<String> = optional "AllocationId";
    attribute: Option<String> = optional "Attribute";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    dry_run: Option<bool> = optional "DryRun";
}
DescribeAddressesRequest {
    public_ips: Vec<String> = optional "PublicIp";
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
    allocation_ids: Vec<String> = optional "AllocationId";
}
DescribeAvailabilityZonesRequest {
    zone_names: Vec<String> = optional "ZoneName";
    zone_ids: Vec<String> = optional "ZoneId";
    all_availability_zones: Option<bool> = optional "AllAvailabilityZones";
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
}
DescribeDhcpOptionsRequest {
    dhcp_options_ids: Vec<String> = optional "DhcpOptionsId";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
}
DescribeEgressOnlyInternetGatewaysRequest {
    dry_run: Option<bool> = optional "DryRun";
    egress_only_internet_gateway_ids: Vec<String> = optional "EgressOnlyInternetGatewayId";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
    filters: Vec<Filter> = optional "Filter";
}
DescribeIamInstanceProfileAssociationsRequest {
    association_ids: Vec<String> = optional "AssociationId";
    filters: Vec<Filter> = optional "Filter";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
}
DescribeImagesRequest {
    executable_users: Vec<String> = optional "ExecutableBy";
    image_ids: Vec<String> = optional "ImageId";
    owners: Vec<String> = optional "Owner";
    include_deprecated: Option<bool> = optional "IncludeDeprecated";
    include_disabled: Option<bool> = optional "IncludeDisabled";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
}
DescribeInstanceAttributeRequest {
    dry_run: Option<bool> = optional "DryRun";
    instance_id: Option<String> = required "InstanceId";
    attribute: Option<String> = required "Attribute";
}
DescribeInstanceCreditSpecificationsRequest {
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
    instance_ids: Vec<String> = optional "InstanceId";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
}
DescribeInstanceStatusRequest {
    instance_ids: Vec<String> = optional "InstanceId";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
    include_managed_resources: Option<bool> = optional "IncludeManagedResources";
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
    include_all_instances: Option<bool> = optional "IncludeAllInstances";
}
DescribeInstanceTypeOfferingsRequest {
    dry_run: Option<bool> = optional "DryRun";
    location_type: Option<String> = optional "LocationType";
    filters: Vec<Filter> = optional "Filter";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
}
DescribeInstanceTypesRequest {
    dry_run: Option<bool> = optional "DryRun";
    instance_types: Vec<String> = optional "InstanceType";
    filters: Vec<Filter> = optional "Filter";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
    include_unsupported_in_region: Option<bool> = optional "IncludeUnsupportedInRegion";
}
DescribeInstancesRequest {
    instance_ids: Vec<String> = optional "InstanceId";
    include_managed_resources: Option<bool> = optional "IncludeManagedResources";
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
}
DescribeInternetGatewaysRequest {
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    dry_run: Option<bool> = optional "DryRun";
    internet_gateway_ids: Vec<String> = optional "InternetGatewayId";
    filters: Vec<Filter> = optional "Filter";
}
DescribeKeyPairsRequest {
    key_names: Vec<String> = optional "KeyName";
    key_pair_ids: Vec<String> = optional "KeyPairId";
    include_public_key: Option<bool> = optional "IncludePublicKey";
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
}
DescribeLaunchTemplateVersionsRequest {
    dry_run: Option<bool> = optional "DryRun";
    launch_template_id: Option<String> = optional "LaunchTemplateId";
    launch_template_name: Option<String> = optional "LaunchTemplateName";
    versions: Vec<String> = optional "LaunchTemplateVersion";
    min_version: Option<String> = optional "MinVersion";
    max_version: Option<String> = optional "MaxVersion";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    filters: Vec<Filter> = optional "Filter";
    resolve_alias: Option<bool> = optional "ResolveAlias";
    include_managed_resources: Option<bool> = optional "IncludeManagedResources";
}
DescribeLaunchTemplatesRequest {
    dry_run: Option<bool> = optional "DryRun";
    launch_template_ids: Vec<String> = optional "LaunchTemplateId";
    launch_template_names: Vec<String> = optional "LaunchTemplateName";
    filters: Vec<Filter> = optional "Filter";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    include_managed_resources: Option<bool> = optional "IncludeManagedResources";
}
DescribeManagedPrefixListsRequest {
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
    prefix_list_ids: Vec<String> = optional "PrefixListId";
}
DescribeNatGatewaysRequest {
    dry_run: Option<bool> = optional "DryRun";
    filter: Vec<Filter> = optional "Filter";
    max_results: Option<i32> = optional "MaxResults";
    nat_gateway_ids: Vec<String> = optional "NatGatewayId";
    next_token: Option<String> = optional "NextToken";
}
DescribeNetworkAclsRequest {
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    dry_run: Option<bool> = optional "DryRun";
    network_acl_ids: Vec<String> = optional "NetworkAclId";
    filters: Vec<Filter> = optional "Filter";
}
DescribeNetworkInterfaceAttributeRequest {
    dry_run: Option<bool> = optional "DryRun";
    network_interface_id: Option<String> = required "NetworkInterfaceId";
    attribute: Option<String> = optional "Attribute";
}
DescribeNetworkInterfacePermissionsRequest {
    network_interface_permission_ids: Vec<String> = optional "NetworkInterfacePermissionId";
    filters: Vec<Filter> = optional "Filter";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
}
DescribeNetworkInterfacesRequest {
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    include_managed_resources: Option<bool> = optional "IncludeManagedResources";
    dry_run: Option<bool> = optional "DryRun";
    network_interface_ids: Vec<String> = optional "NetworkInterfaceId";
    filters: Vec<Filter> = optional "Filter";
}
DescribePrefixListsRequest {
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
    prefix_list_ids: Vec<String> = optional "PrefixListId";
}
DescribePublicIpv4PoolsRequest {
    pool_ids: Vec<String> = optional "PoolId";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    filters: Vec<Filter> = optional "Filter";
}
DescribeRegionsRequest {
    region_names: Vec<String> = optional "RegionName";
    all_regions: Option<bool> = optional "AllRegions";
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
}
DescribeRouteTablesRequest {
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    dry_run: Option<bool> = optional "DryRun";
    route_table_ids: Vec<String> = optional "RouteTableId";
    filters: Vec<Filter> = optional "Filter";
}
DescribeSecurityGroupReferencesRequest {
    dry_run: Option<bool> = optional "DryRun";
    group_id: Vec<String> = required "GroupId";
}
DescribeSecurityGroupRulesRequest {
    filters: Vec<Filter> = optional "Filter";
    security_group_rule_ids: Vec<String> = optional "SecurityGroupRuleId";
    dry_run: Option<bool> = optional "DryRun";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
}
DescribeSecurityGroupsRequest {
    group_ids: Vec<String> = optional "GroupId";
    group_names: Vec<String> = optional "GroupName";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
}
DescribeStaleSecurityGroupsRequest {
    dry_run: Option<bool> = optional "DryRun";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
    vpc_id: Option<String> = required "VpcId";
}
DescribeSubnetsRequest {
    filters: Vec<Filter> = optional "Filter";
    subnet_ids: Vec<String> = optional "SubnetId";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    dry_run: Option<bool> = optional "DryRun";
}
DescribeTagsRequest {
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
}
DescribeVolumeStatusRequest {
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
    volume_ids: Vec<String> = optional "VolumeId";
    include_managed_resources: Option<bool> = optional "IncludeManagedResources";
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
}
DescribeVolumesRequest {
    volume_ids: Vec<String> = optional "VolumeId";
    include_managed_resources: Option<bool> = optional "IncludeManagedResources";
    dry_run: Option<bool> = optional "DryRun";
    filters: Vec<Filter> = optional "Filter";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
}
DescribeVpcAttributeRequest {
    attribute: Option<String> = required "Attribute";
    vpc_id: Option<String> = required "VpcId";
    dry_run: Option<bool> = optional "DryRun";
}
DescribeVpcPeeringConnectionsRequest {
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    dry_run: Option<bool> = optional "DryRun";
    vpc_peering_connection_ids: Vec<String> = optional "VpcPeeringConnectionId";
    filters: Vec<Filter> = optional "Filter";
}
DescribeVpcsRequest {
    filters: Vec<Filter> = optional "Filter";
    vpc_ids: Vec<String> = optional "VpcId";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    dry_run: Option<bool> = optional "DryRun";
}
DetachInternetGatewayRequest {
    dry_run: Option<bool> = optional "DryRun";
    internet_gateway_id: Option<String> = required "InternetGatewayId";
    vpc_id: Option<String> = required "VpcId";
}
DetachNetworkInterfaceRequest {
    dry_run: Option<bool> = optional "DryRun";
    attachment_id: Option<String> = required "AttachmentId";
    force: Option<bool> = optional "Force";
}
DisableAddressTransferRequest {
    allocation_id: Option<String> = required "AllocationId";
    dry_run: Option<bool> = optional "DryRun";
}
DisassociateAddressRequest {
    association_id: Option<String> = optional "AssociationId";
    public_ip: Option<String> = optional "PublicIp";
    dry_run: Option<bool> = optional "DryRun";
}
DisassociateNatGatewayAddressRequest {
    nat_gateway_id: Option<String> = required "NatGatewayId";
    association_ids: Vec<String> = required "AssociationId";
    max_drain_duration_seconds: Option<i32> = optional "MaxDrainDurationSeconds";
    dry_run: Option<bool> = optional "DryRun";
}
DisassociateRouteTableRequest {
    dry_run: Option<bool> = optional "DryRun";
    association_id: Option<String> = required "AssociationId";
}
DisassociateSubnetCidrBlockRequest {
    association_id: Option<String> = required "AssociationId";
}
DisassociateVpcCidrBlockRequest {
    association_id: Option<String> = required "AssociationId";
}
EbsInstanceBlockDeviceSpecification {
    volume_id: Option<String> = optional "VolumeId";
    delete_on_termination: Option<bool> = optional "DeleteOnTermination";
}
ElasticGpuSpecification {
    r#type: Option<String> = required "Type";
}
ElasticInferenceAccelerator {
    r#type: Option<String> = required "Type";
    count: Option<i32> = optional "Count";
}
EnaSrdSpecification {
    ena_srd_enabled: Option<bool> = optional "EnaSrdEnabled";
    ena_srd_udp_specification: Option<EnaSrdUdpSpecification> = optional "EnaSrdUdpSpecification";
}
EnaSrdSpecificationRequest {
    ena_srd_enabled: Option<bool> = optional "EnaSrdEnabled";
    ena_srd_udp_specification: Option<EnaSrdUdpSpecificationRequest> = optional "EnaSrdUdpSpecification";
}
EnaSrdUdpSpecification {
    ena_srd_udp_enabled: Option<bool> = optional "EnaSrdUdpEnabled";
}
EnaSrdUdpSpecificationRequest {
    ena_srd_udp_enabled: Option<bool> = optional "EnaSrdUdpEnabled";
}
EnableAddressTransferRequest {
    allocation_id: Option<String> = required "AllocationId";
    transfer_account_id: Option<String> = required "TransferAccountId";
    dry_run: Option<bool> = optional "DryRun";
}
EnclaveOptionsRequest {
    enabled: Option<bool> = optional "Enabled";
}
Filter {
    name: Option<String> = optional "Name";
    values: Vec<String> = optional "Value";
}
GetConsoleOutputRequest {
    instance_id: Option<String> = required "InstanceId";
    latest: Option<bool> = optional "Latest";
    dry_run: Option<bool> = optional "DryRun";
}
GetManagedPrefixListAssociationsRequest {
    dry_run: Option<bool> = optional "DryRun";
    prefix_list_id: Option<String> = required "PrefixListId";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
}
GetManagedPrefixListEntriesRequest {
    dry_run: Option<bool> = optional "DryRun";
    prefix_list_id: Option<String> = required "PrefixListId";
    target_version: Option<i64> = optional "TargetVersion";
    max_results: Option<i32> = optional "MaxResults";
    next_token: Option<String> = optional "NextToken";
}
GetSecurityGroupsForVpcRequest {
    vpc_id: Option<String> = required "VpcId";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
    filters: Vec<Filter> = optional "Filter";
    dry_run: Option<bool> = optional "DryRun";
}
GetSubnetCidrReservationsRequest {
    filters: Vec<Filter> = optional "Filter";
    subnet_id: Option<String> = required "SubnetId";
    dry_run: Option<bool> = optional "DryRun";
    next_token: Option<String> = optional "NextToken";
    max_results: Option<i32> = optional "MaxResults";
}
HibernationOptionsRequest {
    configured: Option<bool> = optional "Configured";
}
IamInstanceProfileSpecification {
    arn: Option<String> = optional "Arn";
    name: Option<String> = optional "Name";
}
ImportKeyPairRequest {
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    dry_run: Option<bool> = optional "DryRun";
    key_name: Option<String> = required "KeyName";
    public_key_material: Option<Blob> = required "PublicKeyMaterial";
}
InstanceBlockDeviceMappingSpecification {
    device_name: Option<String> = optional "DeviceName";
    ebs: Option<EbsInstanceBlockDeviceSpecification> = optional "Ebs";
    virtual_name: Option<String> = optional "VirtualName";
    no_device: Option<String> = optional "NoDevice";
}
InstanceIpv6AddressRequest {
    ipv6_address: Option<String> = optional "Ipv6Address";
}
InstanceMaintenanceOptionsRequest {
    auto_recovery: Option<String> = optional "AutoRecovery";
}
InstanceMarketOptionsRequest {
    market_type: Option<String> = optional "MarketType";
    spot_options: Option<SpotMarketOptions> = optional "SpotOptions";
}
InstanceMetadataOptionsRequest {
    http_tokens: Option<String> = optional "HttpTokens";
    http_put_response_hop_limit: Option<i32> = optional "HttpPutResponseHopLimit";
    http_endpoint: Option<String> = optional "HttpEndpoint";
    http_protocol_ipv6: Option<String> = optional "HttpProtocolIpv6";
    instance_metadata_tags: Option<String> = optional "InstanceMetadataTags";
}
InstanceNetworkInterfaceSpecification {
    associate_public_ip_address: Option<bool> = optional "AssociatePublicIpAddress";
    delete_on_termination: Option<bool> = optional "DeleteOnTermination";
    description: Option<String> = optional "Description";
    device_index: Option<i32> = optional "DeviceIndex";
    groups: Vec<String> = optional "SecurityGroupId";
    ipv6_address_count: Option<i32> = optional "Ipv6AddressCount";
    ipv6_addresses: Vec<InstanceIpv6Address> = optional "Ipv6Addresses";
    network_interface_id: Option<String> = optional "NetworkInterfaceId";
    private_ip_address: Option<String> = optional "PrivateIpAddress";
    private_ip_addresses: Vec<PrivateIpAddressSpecification> = optional "PrivateIpAddresses";
    secondary_private_ip_address_count: Option<i32> = optional "SecondaryPrivateIpAddressCount";
    subnet_id: Option<String> = optional "SubnetId";
    associate_carrier_ip_address: Option<bool> = optional "AssociateCarrierIpAddress";
    interface_type: Option<String> = optional "InterfaceType";
    network_card_index: Option<i32> = optional "NetworkCardIndex";
    ipv4_prefixes: Vec<Ipv4PrefixSpecificationRequest> = optional "Ipv4Prefix";
    ipv4_prefix_count: Option<i32> = optional "Ipv4PrefixCount";
    ipv6_prefixes: Vec<Ipv6PrefixSpecificationRequest> = optional "Ipv6Prefix";
    ipv6_prefix_count: Option<i32> = optional "Ipv6PrefixCount";
    primary_ipv6: Option<bool> = optional "PrimaryIpv6";
    ena_srd_specification: Option<EnaSrdSpecificationRequest> = optional "EnaSrdSpecification";
    connection_tracking_specification: Option<ConnectionTrackingSpecificationRequest> = optional "ConnectionTrackingSpecification";
    ena_queue_count: Option<i32> = optional "EnaQueueCount";
}
InstanceNetworkPerformanceOptionsRequest {
    bandwidth_weighting: Option<String> = optional "BandwidthWeighting";
}
InstanceRequirementsRequest {
    v_cpu_count: Option<VCpuCountRangeRequest> = required "VCpuCount";
    memory_mi_b: Option<MemoryMiBRequest> = required "MemoryMiB";
    cpu_manufacturers: Vec<String> = optional "CpuManufacturer";
    memory_gi_b_per_v_cpu: Option<MemoryGiBPerVCpuRequest> = optional "MemoryGiBPerVCpu";
    excluded_instance_types: Vec<String> = optional "ExcludedInstanceType";
    instance_generations: Vec<String> = optional "InstanceGeneration";
    spot_max_price_percentage_over_lowest_price: Option<i32> = optional "SpotMaxPricePercentageOverLowestPrice";
    on_demand_max_price_percentage_over_lowest_price: Option<i32> = optional "OnDemandMaxPricePercentageOverLowestPrice";
    bare_metal: Option<String> = optional "BareMetal";
    burstable_performance: Option<String> = optional "BurstablePerformance";
    require_hibernate_support: Option<bool> = optional "RequireHibernateSupport";
    network_interface_count: Option<NetworkInterfaceCountRequest> = optional "NetworkInterfaceCount";
    local_storage: Option<String> = optional "LocalStorage";
    local_storage_types: Vec<String> = optional "LocalStorageType";
    total_local_storage_gb: Option<TotalLocalStorageGBRequest> = optional "TotalLocalStorageGB";
    baseline_ebs_bandwidth_mbps: Option<BaselineEbsBandwidthMbpsRequest> = optional "BaselineEbsBandwidthMbps";
    accelerator_types: Vec<String> = optional "AcceleratorType";
    accelerator_count: Option<AcceleratorCountRequest> = optional "AcceleratorCount";
    accelerator_manufacturers: Vec<String> = optional "AcceleratorManufacturer";
    accelerator_names: Vec<String> = optional "AcceleratorName";
    accelerator_total_memory_mi_b: Option<AcceleratorTotalMemoryMiBRequest> = optional "AcceleratorTotalMemoryMiB";
    network_bandwidth_gbps: Option<NetworkBandwidthGbpsRequest> = optional "NetworkBandwidthGbps";
    allowed_instance_types: Vec<String> = optional "AllowedInstanceType";
    max_spot_price_as_percentage_of_optimal_on_demand_price: Option<i32> = optional "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice";
    baseline_performance_factors: Option<BaselinePerformanceFactorsRequest> = optional "BaselinePerformanceFactors";
    require_encryption_in_transit: Option<bool> = optional "RequireEncryptionInTransit";
}
InstanceSecondaryInterfacePrivateIpAddressRequest {
    private_ip_address: Option<String> = required "PrivateIpAddress";
}
InstanceSecondaryInterfaceSpecificationRequest {
    delete_on_termination: Option<bool> = optional "DeleteOnTermination";
    device_index: Option<i32> = optional "DeviceIndex";
    private_ip_addresses: Vec<InstanceSecondaryInterfacePrivateIpAddressRequest> = optional "PrivateIpAddress";
    private_ip_address_count: Option<i32> = optional "PrivateIpAddressCount";
    secondary_subnet_id: Option<String> = optional "SecondarySubnetId";
    interface_type: Option<String> = optional "InterfaceType";
    network_card_index: Option<i32> = optional "NetworkCardIndex";
}
Ipv4PrefixSpecificationRequest {
    ipv4_prefix: Option<String> = optional "Ipv4Prefix";
}
Ipv6PrefixSpecificationRequest {
    ipv6_prefix: Option<String> = optional "Ipv6Prefix";
}
LaunchTemplateBlockDeviceMappingRequest {
    device_name: Option<String> = optional "DeviceName";
    virtual_name: Option<String> = optional "VirtualName";
    ebs: Option<LaunchTemplateEbsBlockDeviceRequest> = optional "Ebs";
    no_device: Option<String> = optional "NoDevice";
}
LaunchTemplateCapacityReservationSpecificationRequest {
    capacity_reservation_preference: Option<String> = optional "CapacityReservationPreference";
    capacity_reservation_target: Option<CapacityReservationTarget> = optional "CapacityReservationTarget";
}
LaunchTemplateCpuOptionsRequest {
    core_count: Option<i32> = optional "CoreCount";
    threads_per_core: Option<i32> = optional "ThreadsPerCore";
    amd_sev_snp: Option<String> = optional "AmdSevSnp";
    nested_virtualization: Option<String> = optional "NestedVirtualization";
}
LaunchTemplateEbsBlockDeviceRequest {
    encrypted: Option<bool> = optional "Encrypted";
    delete_on_termination: Option<bool> = optional "DeleteOnTermination";
    iops: Option<i32> = optional "Iops";
    kms_key_id: Option<String> = optional "KmsKeyId";
    snapshot_id: Option<String> = optional "SnapshotId";
    volume_size: Option<i32> = optional "VolumeSize";
    volume_type: Option<String> = optional "VolumeType";
    throughput: Option<i32> = optional "Throughput";
    volume_initialization_rate: Option<i32> = optional "VolumeInitializationRate";
    ebs_card_index: Option<i32> = optional "EbsCardIndex";
}
LaunchTemplateElasticInferenceAccelerator {
    r#type: Option<String> = required "Type";
    count: Option<i32> = optional "Count";
}
LaunchTemplateEnclaveOptionsRequest {
    enabled: Option<bool> = optional "Enabled";
}
LaunchTemplateHibernationOptionsRequest {
    configured: Option<bool> = optional "Configured";
}
LaunchTemplateIamInstanceProfileSpecificationRequest {
    arn: Option<String> = optional "Arn";
    name: Option<String> = optional "Name";
}
LaunchTemplateInstanceMaintenanceOptionsRequest {
    auto_recovery: Option<String> = optional "AutoRecovery";
}
LaunchTemplateInstanceMarketOptionsRequest {
    market_type: Option<String> = optional "MarketType";
    spot_options: Option<LaunchTemplateSpotMarketOptionsRequest> = optional "SpotOptions";
}
LaunchTemplateInstanceMetadataOptionsRequest {
    http_tokens: Option<String> = optional "HttpTokens";
    http_put_response_hop_limit: Option<i32> = optional "HttpPutResponseHopLimit";
    http_endpoint: Option<String> = optional "HttpEndpoint";
    http_protocol_ipv6: Option<String> = optional "HttpProtocolIpv6";
    instance_metadata_tags: Option<String> = optional "InstanceMetadataTags";
}
LaunchTemplateInstanceNetworkInterfaceSpecificationRequest {
    associate_carrier_ip_address: Option<bool> = optional "AssociateCarrierIpAddress";
    associate_public_ip_address: Option<bool> = optional "AssociatePublicIpAddress";
    delete_on_termination: Option<bool> = optional "DeleteOnTermination";
    description: Option<String> = optional "Description";
    device_index: Option<i32> = optional "DeviceIndex";
    groups: Vec<String> = optional "SecurityGroupId";
    interface_type: Option<String> = optional "InterfaceType";
    ipv6_address_count: Option<i32> = optional "Ipv6AddressCount";
    ipv6_addresses: Vec<InstanceIpv6AddressRequest> = optional "Ipv6Addresses";
    network_interface_id: Option<String> = optional "NetworkInterfaceId";
    private_ip_address: Option<String> = optional "PrivateIpAddress";
    private_ip_addresses: Vec<PrivateIpAddressSpecification> = optional "PrivateIpAddresses";
    secondary_private_ip_address_count: Option<i32> = optional "SecondaryPrivateIpAddressCount";
    subnet_id: Option<String> = optional "SubnetId";
    network_card_index: Option<i32> = optional "NetworkCardIndex";
    ipv4_prefixes: Vec<Ipv4PrefixSpecificationRequest> = optional "Ipv4Prefix";
    ipv4_prefix_count: Option<i32> = optional "Ipv4PrefixCount";
    ipv6_prefixes: Vec<Ipv6PrefixSpecificationRequest> = optional "Ipv6Prefix";
    ipv6_prefix_count: Option<i32> = optional "Ipv6PrefixCount";
    primary_ipv6: Option<bool> = optional "PrimaryIpv6";
    ena_srd_specification: Option<EnaSrdSpecificationRequest> = optional "EnaSrdSpecification";
    connection_tracking_specification: Option<ConnectionTrackingSpecificationRequest> = optional "ConnectionTrackingSpecification";
    ena_queue_count: Option<i32> = optional "EnaQueueCount";
}
LaunchTemplateInstanceSecondaryInterfaceSpecificationRequest {
    delete_on_termination: Option<bool> = optional "DeleteOnTermination";
    device_index: Option<i32> = optional "DeviceIndex";
    private_ip_addresses: Vec<SecondaryInterfacePrivateIpAddressSpecificationRequest> = optional "PrivateIpAddress";
    private_ip_address_count: Option<i32> = optional "PrivateIpAddressCount";
    secondary_subnet_id: Option<String> = optional "SecondarySubnetId";
    interface_type: Option<String> = optional "InterfaceType";
    network_card_index: Option<i32> = optional "NetworkCardIndex";
}
LaunchTemplateLicenseConfigurationRequest {
    license_configuration_arn: Option<String> = optional "LicenseConfigurationArn";
}
LaunchTemplateNetworkPerformanceOptionsRequest {
    bandwidth_weighting: Option<String> = optional "BandwidthWeighting";
}
LaunchTemplatePlacementRequest {
    availability_zone: Option<String> = optional "AvailabilityZone";
    availability_zone_id: Option<String> = optional "AvailabilityZoneId";
    affinity: Option<String> = optional "Affinity";
    group_name: Option<String> = optional "GroupName";
    host_id: Option<String> = optional "HostId";
    tenancy: Option<String> = optional "Tenancy";
    spread_domain: Option<String> = optional "SpreadDomain";
    host_resource_group_arn: Option<String> = optional "HostResourceGroupArn";
    partition_number: Option<i32> = optional "PartitionNumber";
    group_id: Option<String> = optional "GroupId";
}
LaunchTemplatePrivateDnsNameOptionsRequest {
    hostname_type: Option<String> = optional "HostnameType";
    enable_resource_name_dns_a_record: Option<bool> = optional "EnableResourceNameDnsARecord";
    enable_resource_name_dns_aaaa_record: Option<bool> = optional "EnableResourceNameDnsAAAARecord";
}
LaunchTemplateSpecification {
    launch_template_id: Option<String> = optional "LaunchTemplateId";
    launch_template_name: Option<String> = optional "LaunchTemplateName";
    version: Option<String> = optional "Version";
}
LaunchTemplateSpotMarketOptionsRequest {
    max_price: Option<String> = optional "MaxPrice";
    spot_instance_type: Option<String> = optional "SpotInstanceType";
    block_duration_minutes: Option<i32> = optional "BlockDurationMinutes";
    valid_until: Option<Timestamp> = optional "ValidUntil";
    instance_interruption_behavior: Option<String> = optional "InstanceInterruptionBehavior";
}
LaunchTemplateTagSpecificationRequest {
    resource_type: Option<String> = optional "ResourceType";
    tags: Vec<Tag> = optional "Tag";
}
LaunchTemplatesMonitoringRequest {
    enabled: Option<bool> = optional "Enabled";
    metric_category_ids: Vec<String> = optional "MetricCategoryId";
}
LicenseConfigurationRequest {
    license_configuration_arn: Option<String> = optional "LicenseConfigurationArn";
}
MemoryGiBPerVCpuRequest {
    min: Option<f64> = optional "Min";
    max: Option<f64> = optional "Max";
}
MemoryMiBRequest {
    min: Option<i32> = required "Min";
    max: Option<i32> = optional "Max";
}
ModifyAddressAttributeRequest {
    allocation_id: Option<String> = required "AllocationId";
    domain_name: Option<String> = optional "DomainName";
    dry_run: Option<bool> = optional "DryRun";
}
ModifyInstanceAttributeRequest {
    source_dest_check: Option<AttributeBooleanValue> = optional "SourceDestCheck";
    enclave_options: Option<EnclaveOptionsRequest> = optional "EnclaveOptions";
    disable_api_stop: Option<AttributeBooleanValue> = optional "DisableApiStop";
    dry_run: Option<bool> = optional "DryRun";
    instance_id: Option<String> = required "InstanceId";
    attribute: Option<String> = optional "Attribute";
    value: Option<String> = optional "Value";
    block_device_mappings: Vec<InstanceBlockDeviceMappingSpecification> = optional "BlockDeviceMapping";
    disable_api_termination: Option<AttributeBooleanValue> = optional "DisableApiTermination";
    instance_type: Option<AttributeValue> = optional "InstanceType";
    kernel: Option<AttributeValue> = optional "Kernel";
    ramdisk: Option<AttributeValue> = optional "Ramdisk";
    user_data: Option<SecureBlobAttributeValue> = optional "UserData";
    instance_initiated_shutdown_behavior: Option<AttributeValue> = optional "InstanceInitiatedShutdownBehavior";
    groups: Vec<String> = optional "GroupId";
    ebs_optimized: Option<AttributeBooleanValue> = optional "EbsOptimized";
    sriov_net_support: Option<AttributeValue> = optional "SriovNetSupport";
    ena_support: Option<AttributeBooleanValue> = optional "EnaSupport";
}
ModifyInstanceMetadataOptionsRequest {
    instance_id: Option<String> = required "InstanceId";
    http_tokens: Option<String> = optional "HttpTokens";
    http_put_response_hop_limit: Option<i32> = optional "HttpPutResponseHopLimit";
    http_endpoint: Option<String> = optional "HttpEndpoint";
    dry_run: Option<bool> = optional "DryRun";
    http_protocol_ipv6: Option<String> = optional "HttpProtocolIpv6";
    instance_metadata_tags: Option<String> = optional "InstanceMetadataTags";
}
ModifyLaunchTemplateRequest {
    dry_run: Option<bool> = optional "DryRun";
    client_token: Option<String> = optional "ClientToken";
    launch_template_id: Option<String> = optional "LaunchTemplateId";
    launch_template_name: Option<String> = optional "LaunchTemplateName";
    default_version: Option<String> = optional "SetDefaultVersion";
}
ModifyManagedPrefixListRequest {
    dry_run: Option<bool> = optional "DryRun";
    prefix_list_id: Option<String> = required "PrefixListId";
    current_version: Option<i64> = optional "CurrentVersion";
    prefix_list_name: Option<String> = optional "PrefixListName";
    add_entries: Vec<AddPrefixListEntry> = optional "AddEntry";
    remove_entries: Vec<RemovePrefixListEntry> = optional "RemoveEntry";
    max_entries: Option<i32> = optional "MaxEntries";
    ipam_prefix_list_resolver_sync_enabled: Option<bool> = optional "IpamPrefixListResolverSyncEnabled";
}
ModifyNetworkInterfaceAttributeRequest {
    ena_srd_specification: Option<EnaSrdSpecification> = optional "EnaSrdSpecification";
    enable_primary_ipv6: Option<bool> = optional "EnablePrimaryIpv6";
    connection_tracking_specification: Option<ConnectionTrackingSpecificationRequest> = optional "ConnectionTrackingSpecification";
    associate_public_ip_address: Option<bool> = optional "AssociatePublicIpAddress";
    associated_subnet_ids: Vec<String> = optional "AssociatedSubnetId";
    dry_run: Option<bool> = optional "DryRun";
    network_interface_id: Option<String> = required "NetworkInterfaceId";
    description: Option<AttributeValue> = optional "Description";
    source_dest_check: Option<AttributeBooleanValue> = optional "SourceDestCheck";
    groups: Vec<String> = optional "SecurityGroupId";
    attachment: Option<NetworkInterfaceAttachmentChanges> = optional "Attachment";
}
ModifySecurityGroupRulesRequest {
    group_id: Option<String> = required "GroupId";
    security_group_rules: Vec<SecurityGroupRuleUpdate> = required "SecurityGroupRule";
    dry_run: Option<bool> = optional "DryRun";
}
ModifySubnetAttributeRequest {
    assign_ipv6_address_on_creation: Option<AttributeBooleanValue> = optional "AssignIpv6AddressOnCreation";
    map_public_ip_on_launch: Option<AttributeBooleanValue> = optional "MapPublicIpOnLaunch";
    subnet_id: Option<String> = required "SubnetId";
    map_customer_owned_ip_on_launch: Option<AttributeBooleanValue> = optional "MapCustomerOwnedIpOnLaunch";
    customer_owned_ipv4_pool: Option<String> = optional "CustomerOwnedIpv4Pool";
    enable_dns64: Option<AttributeBooleanValue> = optional "EnableDns64";
    private_dns_hostname_type_on_launch: Option<String> = optional "PrivateDnsHostnameTypeOnLaunch";
    enable_resource_name_dns_a_record_on_launch: Option<AttributeBooleanValue> = optional "EnableResourceNameDnsARecordOnLaunch";
    enable_resource_name_dns_aaaa_record_on_launch: Option<AttributeBooleanValue> = optional "EnableResourceNameDnsAAAARecordOnLaunch";
    enable_lni_at_device_index: Option<i32> = optional "EnableLniAtDeviceIndex";
    disable_lni_at_device_index: Option<AttributeBooleanValue> = optional "DisableLniAtDeviceIndex";
}
ModifyVpcAttributeRequest {
    enable_dns_hostnames: Option<AttributeBooleanValue> = optional "EnableDnsHostnames";
    enable_dns_support: Option<AttributeBooleanValue> = optional "EnableDnsSupport";
    vpc_id: Option<String> = required "VpcId";
    enable_network_address_usage_metrics: Option<AttributeBooleanValue> = optional "EnableNetworkAddressUsageMetrics";
}
ModifyVpcPeeringConnectionOptionsRequest {
    accepter_peering_connection_options: Option<PeeringConnectionOptionsRequest> = optional "AccepterPeeringConnectionOptions";
    dry_run: Option<bool> = optional "DryRun";
    requester_peering_connection_options: Option<PeeringConnectionOptionsRequest> = optional "RequesterPeeringConnectionOptions";
    vpc_peering_connection_id: Option<String> = required "VpcPeeringConnectionId";
}
ModifyVpcTenancyRequest {
    vpc_id: Option<String> = required "VpcId";
    instance_tenancy: Option<String> = required "InstanceTenancy";
    dry_run: Option<bool> = optional "DryRun";
}
MonitorInstancesRequest {
    instance_ids: Vec<String> = required "InstanceId";
    metric_category_ids: Vec<String> = optional "MetricCategoryId";
    dry_run: Option<bool> = optional "DryRun";
}
NetworkBandwidthGbpsRequest {
    min: Option<f64> = optional "Min";
    max: Option<f64> = optional "Max";
}
NetworkInterfaceAttachmentChanges {
    default_ena_queue_count: Option<bool> = optional "DefaultEnaQueueCount";
    ena_queue_count: Option<i32> = optional "EnaQueueCount";
    attachment_id: Option<String> = optional "AttachmentId";
    delete_on_termination: Option<bool> = optional "DeleteOnTermination";
}
NetworkInterfaceCountRequest {
    min: Option<i32> = optional "Min";
    max: Option<i32> = optional "Max";
}
NewDhcpConfiguration {
    key: Option<String> = optional "Key";
    values: Vec<String> = optional "Value";
}
OperatorRequest {
    principal: Option<String> = optional "Principal";
}
PeeringConnectionOptionsRequest {
    allow_dns_resolution_from_remote_vpc: Option<bool> = optional "AllowDnsResolutionFromRemoteVpc";
    allow_egress_from_local_classic_link_to_remote_vpc: Option<bool> = optional "AllowEgressFromLocalClassicLinkToRemoteVpc";
    allow_egress_from_local_vpc_to_remote_classic_link: Option<bool> = optional "AllowEgressFromLocalVpcToRemoteClassicLink";
    allow_multipath_resilience: Option<bool> = optional "AllowMultipathResilience";
    multipath_resilience_mode: Option<String> = optional "MultipathResilienceMode";
}
PerformanceFactorReferenceRequest {
    instance_family: Option<String> = optional "InstanceFamily";
}
PrivateDnsNameOptionsRequest {
    hostname_type: Option<String> = optional "HostnameType";
    enable_resource_name_dns_a_record: Option<bool> = optional "EnableResourceNameDnsARecord";
    enable_resource_name_dns_aaaa_record: Option<bool> = optional "EnableResourceNameDnsAAAARecord";
}
RebootInstancesRequest {
    instance_ids: Vec<String> = required "InstanceId";
    dry_run: Option<bool> = optional "DryRun";
}
RejectVpcPeeringConnectionRequest {
    dry_run: Option<bool> = optional "DryRun";
    vpc_peering_connection_id: Option<String> = required "VpcPeeringConnectionId";
}
ReleaseAddressRequest {
    allocation_id: Option<String> = optional "AllocationId";
    public_ip: Option<String> = optional "PublicIp";
    network_border_group: Option<String> = optional "NetworkBorderGroup";
    dry_run: Option<bool> = optional "DryRun";
}
RemovePrefixListEntry {
    cidr: Option<String> = required "Cidr";
}
ReplaceNetworkAclAssociationRequest {
    dry_run: Option<bool> = optional "DryRun";
    association_id: Option<String> = required "AssociationId";
    network_acl_id: Option<String> = required "NetworkAclId";
}
ReplaceNetworkAclEntryRequest {
    dry_run: Option<bool> = optional "DryRun";
    network_acl_id: Option<String> = required "NetworkAclId";
    rule_number: Option<i32> = required "RuleNumber";
    protocol: Option<String> = required "Protocol";
    rule_action: Option<String> = required "RuleAction";
    egress: Option<bool> = required "Egress";
    cidr_block: Option<String> = optional "CidrBlock";
    ipv6_cidr_block: Option<String> = optional "Ipv6CidrBlock";
    icmp_type_code: Option<IcmpTypeCode> = optional "Icmp";
    port_range: Option<PortRange> = optional "PortRange";
}
ReplaceRouteRequest {
    destination_prefix_list_id: Option<String> = optional "DestinationPrefixListId";
    vpc_endpoint_id: Option<String> = optional "VpcEndpointId";
    local_target: Option<bool> = optional "LocalTarget";
    transit_gateway_id: Option<String> = optional "TransitGatewayId";
    local_gateway_id: Option<String> = optional "LocalGatewayId";
    carrier_gateway_id: Option<String> = optional "CarrierGatewayId";
    core_network_arn: Option<String> = optional "CoreNetworkArn";
    odb_network_arn: Option<String> = optional "OdbNetworkArn";
    dry_run: Option<bool> = optional "DryRun";
    route_table_id: Option<String> = required "RouteTableId";
    destination_cidr_block: Option<String> = optional "DestinationCidrBlock";
    gateway_id: Option<String> = optional "GatewayId";
    destination_ipv6_cidr_block: Option<String> = optional "DestinationIpv6CidrBlock";
    egress_only_internet_gateway_id: Option<String> = optional "EgressOnlyInternetGatewayId";
    instance_id: Option<String> = optional "InstanceId";
    network_interface_id: Option<String> = optional "NetworkInterfaceId";
    vpc_peering_connection_id: Option<String> = optional "VpcPeeringConnectionId";
    nat_gateway_id: Option<String> = optional "NatGatewayId";
}
ReplaceRouteTableAssociationRequest {
    dry_run: Option<bool> = optional "DryRun";
    association_id: Option<String> = required "AssociationId";
    route_table_id: Option<String> = required "RouteTableId";
}
RequestLaunchTemplateData {
    kernel_id: Option<String> = optional "KernelId";
    ebs_optimized: Option<bool> = optional "EbsOptimized";
    iam_instance_profile: Option<LaunchTemplateIamInstanceProfileSpecificationRequest> = optional "IamInstanceProfile";
    block_device_mappings: Vec<LaunchTemplateBlockDeviceMappingRequest> = optional "BlockDeviceMapping";
    network_interfaces: Vec<LaunchTemplateInstanceNetworkInterfaceSpecificationRequest> = optional "NetworkInterface";
    image_id: Option<String> = optional "ImageId";
    instance_type: Option<String> = optional "InstanceType";
    key_name: Option<String> = optional "KeyName";
    monitoring: Option<LaunchTemplatesMonitoringRequest> = optional "Monitoring";
    placement: Option<LaunchTemplatePlacementRequest> = optional "Placement";
    ram_disk_id: Option<String> = optional "RamDiskId";
    disable_api_termination: Option<bool> = optional "DisableApiTermination";
    instance_initiated_shutdown_behavior: Option<String> = optional "InstanceInitiatedShutdownBehavior";
    user_data: Option<String> = optional "UserData";
    tag_specifications: Vec<LaunchTemplateTagSpecificationRequest> = optional "TagSpecification";
    elastic_gpu_specifications: Vec<ElasticGpuSpecification> = optional "ElasticGpuSpecification";
    elastic_inference_accelerators: Vec<LaunchTemplateElasticInferenceAccelerator> = optional "ElasticInferenceAccelerator";
    security_group_ids: Vec<String> = optional "SecurityGroupId";
    security_groups: Vec<String> = optional "SecurityGroup";
    instance_market_options: Option<LaunchTemplateInstanceMarketOptionsRequest> = optional "InstanceMarketOptions";
    credit_specification: Option<CreditSpecificationRequest> = optional "CreditSpecification";
    cpu_options: Option<LaunchTemplateCpuOptionsRequest> = optional "CpuOptions";
    capacity_reservation_specification: Option<LaunchTemplateCapacityReservationSpecificationRequest> = optional "CapacityReservationSpecification";
    license_specifications: Vec<LaunchTemplateLicenseConfigurationRequest> = optional "LicenseSpecification";
    hibernation_options: Option<LaunchTemplateHibernationOptionsRequest> = optional "HibernationOptions";
    metadata_options: Option<LaunchTemplateInstanceMetadataOptionsRequest> = optional "MetadataOptions";
    enclave_options: Option<LaunchTemplateEnclaveOptionsRequest> = optional "EnclaveOptions";
    instance_requirements: Option<InstanceRequirementsRequest> = optional "InstanceRequirements";
    private_dns_name_options: Option<LaunchTemplatePrivateDnsNameOptionsRequest> = optional "PrivateDnsNameOptions";
    maintenance_options: Option<LaunchTemplateInstanceMaintenanceOptionsRequest> = optional "MaintenanceOptions";
    disable_api_stop: Option<bool> = optional "DisableApiStop";
    operator: Option<OperatorRequest> = optional "Operator";
    network_performance_options: Option<LaunchTemplateNetworkPerformanceOptionsRequest> = optional "NetworkPerformanceOptions";
    secondary_interfaces: Vec<LaunchTemplateInstanceSecondaryInterfaceSpecificationRequest> = optional "SecondaryInterface";
}
ResetAddressAttributeRequest {
    allocation_id: Option<String> = required "AllocationId";
    attribute: Option<String> = required "Attribute";
    dry_run: Option<bool> = optional "DryRun";
}
ResetInstanceAttributeRequest {
    dry_run: Option<bool> = optional "DryRun";
    instance_id: Option<String> = required "InstanceId";
    attribute: Option<String> = required "Attribute";
}
ResetNetworkInterfaceAttributeRequest {
    dry_run: Option<bool> = optional "DryRun";
    network_interface_id: Option<String> = required "NetworkInterfaceId";
    source_dest_check: Option<String> = optional "SourceDestCheck";
}
RestoreManagedPrefixListVersionRequest {
    dry_run: Option<bool> = optional "DryRun";
    prefix_list_id: Option<String> = required "PrefixListId";
    previous_version: Option<i64> = required "PreviousVersion";
    current_version: Option<i64> = required "CurrentVersion";
}
RevokeSecurityGroupEgressRequest {
    security_group_rule_ids: Vec<String> = optional "SecurityGroupRuleId";
    dry_run: Option<bool> = optional "DryRun";
    group_id: Option<String> = required "GroupId";
    source_security_group_name: Option<String> = optional "SourceSecurityGroupName";
    source_security_group_owner_id: Option<String> = optional "SourceSecurityGroupOwnerId";
    ip_protocol: Option<String> = optional "IpProtocol";
    from_port: Option<i32> = optional "FromPort";
    to_port: Option<i32> = optional "ToPort";
    cidr_ip: Option<String> = optional "CidrIp";
    ip_permissions: Vec<IpPermission> = optional "IpPermissions";
}
RevokeSecurityGroupIngressRequest {
    cidr_ip: Option<String> = optional "CidrIp";
    from_port: Option<i32> = optional "FromPort";
    group_id: Option<String> = optional "GroupId";
    group_name: Option<String> = optional "GroupName";
    ip_permissions: Vec<IpPermission> = optional "IpPermissions";
    ip_protocol: Option<String> = optional "IpProtocol";
    source_security_group_name: Option<String> = optional "SourceSecurityGroupName";
    source_security_group_owner_id: Option<String> = optional "SourceSecurityGroupOwnerId";
    to_port: Option<i32> = optional "ToPort";
    security_group_rule_ids: Vec<String> = optional "SecurityGroupRuleId";
    dry_run: Option<bool> = optional "DryRun";
}
RunInstancesMonitoringEnabled {
    metric_category_ids: Vec<String> = optional "MetricCategoryId";
    enabled: Option<bool> = required "Enabled";
}
RunInstancesRequest {
    block_device_mappings: Vec<BlockDeviceMapping> = optional "BlockDeviceMapping";
    image_id: Option<String> = optional "ImageId";
    instance_type: Option<String> = optional "InstanceType";
    ipv6_address_count: Option<i32> = optional "Ipv6AddressCount";
    ipv6_addresses: Vec<InstanceIpv6Address> = optional "Ipv6Address";
    kernel_id: Option<String> = optional "KernelId";
    key_name: Option<String> = optional "KeyName";
    max_count: Option<i32> = required "MaxCount";
    min_count: Option<i32> = required "MinCount";
    monitoring: Option<RunInstancesMonitoringEnabled> = optional "Monitoring";
    placement: Option<Placement> = optional "Placement";
    ramdisk_id: Option<String> = optional "RamdiskId";
    security_group_ids: Vec<String> = optional "SecurityGroupId";
    security_groups: Vec<String> = optional "SecurityGroup";
    subnet_id: Option<String> = optional "SubnetId";
    user_data: Option<String> = optional "UserData";
    elastic_gpu_specification: Vec<ElasticGpuSpecification> = optional "ElasticGpuSpecification";
    elastic_inference_accelerators: Vec<ElasticInferenceAccelerator> = optional "ElasticInferenceAccelerator";
    tag_specifications: Vec<TagSpecification> = optional "TagSpecification";
    launch_template: Option<LaunchTemplateSpecification> = optional "LaunchTemplate";
    instance_market_options: Option<InstanceMarketOptionsRequest> = optional "InstanceMarketOptions";
    credit_specification: Option<CreditSpecificationRequest> = optional "CreditSpecification";
    cpu_options: Option<CpuOptionsRequest> = optional "CpuOptions";
    capacity_reservation_specification: Option<CapacityReservationSpecification> = optional "CapacityReservationSpecification";
    hibernation_options: Option<HibernationOptionsRequest> = optional "HibernationOptions";
    license_specifications: Vec<LicenseConfigurationRequest> = optional "LicenseSpecification";
    metadata_options: Option<InstanceMetadataOptionsRequest> = optional "MetadataOptions";
    enclave_options: Option<EnclaveOptionsRequest> = optional "EnclaveOptions";
    private_dns_name_options: Option<PrivateDnsNameOptionsRequest> = optional "PrivateDnsNameOptions";
    maintenance_options: Option<InstanceMaintenanceOptionsRequest> = optional "MaintenanceOptions";
    disable_api_stop: Option<bool> = optional "DisableApiStop";
    enable_primary_ipv6: Option<bool> = optional "EnablePrimaryIpv6";
    network_performance_options: Option<InstanceNetworkPerformanceOptionsRequest> = optional "NetworkPerformanceOptions";
    operator: Option<OperatorRequest> = optional "Operator";
    secondary_interfaces: Vec<InstanceSecondaryInterfaceSpecificationRequest> = optional "SecondaryInterface";
    dry_run: Option<bool> = optional "DryRun";
    disable_api_termination: Option<bool> = optional "DisableApiTermination";
    instance_initiated_shutdown_behavior: Option<String> = optional "InstanceInitiatedShutdownBehavior";
    private_ip_address: Option<String> = optional "PrivateIpAddress";
    client_token: Option<String> = optional "ClientToken";
    additional_info: Option<String> = optional "AdditionalInfo";
    network_interfaces: Vec<InstanceNetworkInterfaceSpecification> = optional "NetworkInterface";
    iam_instance_profile: Option<IamInstanceProfileSpecification> = optional "IamInstanceProfile";
    ebs_optimized: Option<bool> = optional "EbsOptimized";
}
SecondaryInterfacePrivateIpAddressSpecificationRequest {
    private_ip_address: Option<String> = optional "PrivateIpAddress";
}
SecureBlobAttributeValue {
    value: Option<Blob> = optional "Value";
}
SecurityGroupRuleDescription {
    security_group_rule_id: Option<String> = optional "SecurityGroupRuleId";
    description: Option<String> = optional "Description";
}
SecurityGroupRuleRequest {
    ip_protocol: Option<String> = optional "IpProtocol";
    from_port: Option<i32> = optional "FromPort";
    to_port: Option<i32> = optional "ToPort";
    cidr_ipv4: Option<String> = optional "CidrIpv4";
    cidr_ipv6: Option<String> = optional "CidrIpv6";
    prefix_list_id: Option<String> = optional "PrefixListId";
    referenced_group_id: Option<String> = optional "ReferencedGroupId";
    description: Option<String> = optional "Description";
}
SecurityGroupRuleUpdate {
    security_group_rule_id: Option<String> = required "SecurityGroupRuleId";
    security_group_rule: Option<SecurityGroupRuleRequest> = optional "SecurityGroupRule";
}
SpotMarketOptions {
    max_price: Option<String> = optional "MaxPrice";
    spot_instance_type: Option<String> = optional "SpotInstanceType";
    block_duration_minutes: Option<i32> = optional "BlockDurationMinutes";
    valid_until: Option<Timestamp> = optional "ValidUntil";
    instance_interruption_behavior: Option<String> = optional "InstanceInterruptionBehavior";
}
StartInstancesRequest {
    instance_ids: Vec<String> = required "InstanceId";
    additional_info: Option<String> = optional "AdditionalInfo";
    dry_run: Option<bool> = optional "DryRun";
}
StopInstancesRequest {
    instance_ids: Vec<String> = required "InstanceId";
    hibernate: Option<bool> = optional "Hibernate";
    skip_os_shutdown: Option<bool> = optional "SkipOsShutdown";
    dry_run: Option<bool> = optional "DryRun";
    force: Option<bool> = optional "Force";
}
TagSpecification {
    resource_type: Option<String> = optional "ResourceType";
    tags: Vec<Tag> = optional "Tag";
}
TerminateInstancesRequest {
    instance_ids: Vec<String> = optional "InstanceId";
    force: Option<bool> = optional "Force";
    skip_os_shutdown: Option<bool> = optional "SkipOsShutdown";
    dry_run: Option<bool> = optional "DryRun";
}
TotalLocalStorageGBRequest {
    min: Option<f64> = optional "Min";
    max: Option<f64> = optional "Max";
}
UnassignIpv6AddressesRequest {
    ipv6_prefixes: Vec<String> = optional "Ipv6Prefix";
    network_interface_id: Option<String> = required "NetworkInterfaceId";
    ipv6_addresses: Vec<String> = optional "Ipv6Addresses";
}
UnassignPrivateIpAddressesRequest {
    ipv4_prefixes: Vec<String> = optional "Ipv4Prefix";
    network_interface_id: Option<String> = required "NetworkInterfaceId";
    private_ip_addresses: Vec<String> = optional "PrivateIpAddress";
}
UnassignPrivateNatGatewayAddressRequest {
    nat_gateway_id: Option<String> = required "NatGatewayId";
    private_ip_addresses: Vec<String> = required "PrivateIpAddress";
    max_drain_duration_seconds: Option<i32> = optional "MaxDrainDurationSeconds";
    dry_run: Option<bool> = optional "DryRun";
}
UnmonitorInstancesRequest {
    instance_ids: Vec<String> = required "InstanceId";
    metric_category_ids: Vec<String> = optional "MetricCategoryId";
    dry_run: Option<bool> = optional "DryRun";
}
UpdateSecurityGroupRuleDescriptionsEgressRequest {
    dry_run: Option<bool> = optional "DryRun";
    group_id: Option<String> = optional "GroupId";
    group_name: Option<String> = optional "GroupName";
    ip_permissions: Vec<IpPermission> = optional "IpPermissions";
    security_group_rule_descriptions: Vec<SecurityGroupRuleDescription> = optional "SecurityGroupRuleDescription";
}
UpdateSecurityGroupRuleDescriptionsIngressRequest {
    dry_run: Option<bool> = optional "DryRun";
    group_id: Option<String> = optional "GroupId";
    group_name: Option<String> = optional "GroupName";
    ip_permissions: Vec<IpPermission> = optional "IpPermissions";
    security_group_rule_descriptions: Vec<SecurityGroupRuleDescription> = optional "SecurityGroupRuleDescription";
}
VCpuCountRangeRequest {
    min: Option<i32> = required "Min";
    max: Option<i32> = optional "Max";
}
VpcEncryptionControlConfiguration {
    mode: Option<String> = required "Mode";
    internet_gateway_exclusion: Option<String> = optional "InternetGatewayExclusion";
    egress_only_internet_gateway_exclusion: Option<String> = optional "EgressOnlyInternetGatewayExclusion";
    nat_gateway_exclusion: Option<String> = optional "NatGatewayExclusion";
    virtual_private_gateway_exclusion: Option<String> = optional "VirtualPrivateGatewayExclusion";
    vpc_peering_exclusion: Option<String> = optional "VpcPeeringExclusion";
    lambda_exclusion: Option<String> = optional "LambdaExclusion";
    vpc_lattice_exclusion: Option<String> = optional "VpcLatticeExclusion";
    elastic_file_system_exclusion: Option<String> = optional "ElasticFileSystemExclusion";
    global_accelerator_exclusion: Option<String> = optional "GlobalAcceleratorExclusion";
    api_gateway_v2_exclusion: Option<String> = optional "ApiGatewayV2Exclusion";
}
}
