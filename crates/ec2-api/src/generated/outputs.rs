//! Structures that only answers hold. Written by `cargo xtask codegen`; do not edit.

use super::facts::*;
use super::shared::*;
use crate::shape::prelude::*;

output_shapes! {
AcceleratorCount {
    min: Option<i32> = one "min";
    max: Option<i32> = one "max";
}
AcceleratorTotalMemoryMiB {
    min: Option<i32> = one "min";
    max: Option<i32> = one "max";
}
AcceptAddressTransferResult {
    address_transfer: Option<AddressTransfer> = one "addressTransfer";
}
AcceptVpcPeeringConnectionResult {
    vpc_peering_connection: Option<VpcPeeringConnection> = one "vpcPeeringConnection";
}
AccountAttribute {
    attribute_name: Option<String> = one "attributeName";
    attribute_values: Vec<AccountAttributeValue> = list "attributeValueSet";
}
AccountAttributeValue {
    attribute_value: Option<String> = one "attributeValue";
}
Address {
    public_ip: Option<String> = one "publicIp";
    allocation_id: Option<String> = one "allocationId";
    domain: Option<String> = one "domain";
    instance_id: Option<String> = one "instanceId";
    association_id: Option<String> = one "associationId";
    network_interface_id: Option<String> = one "networkInterfaceId";
    network_interface_owner_id: Option<String> = one "networkInterfaceOwnerId";
    private_ip_address: Option<String> = one "privateIpAddress";
    tags: Vec<Tag> = list_or_absent "tagSet";
    public_ipv4_pool: Option<String> = one "publicIpv4Pool";
    network_border_group: Option<String> = one "networkBorderGroup";
    customer_owned_ip: Option<String> = one "customerOwnedIp";
    customer_owned_ipv4_pool: Option<String> = one "customerOwnedIpv4Pool";
    carrier_ip: Option<String> = one "carrierIp";
    subnet_id: Option<String> = one "subnetId";
    service_managed: Option<String> = one "serviceManaged";
}
AddressAttribute {
    public_ip: Option<String> = one "publicIp";
    allocation_id: Option<String> = one "allocationId";
    ptr_record: Option<String> = one "ptrRecord";
    ptr_record_update: Option<PtrUpdateStatus> = one "ptrRecordUpdate";
}
AddressTransfer {
    public_ip: Option<String> = one "publicIp";
    allocation_id: Option<String> = one "allocationId";
    transfer_account_id: Option<String> = one "transferAccountId";
    transfer_offer_expiration_timestamp: Option<Timestamp> = seconds "transferOfferExpirationTimestamp";
    transfer_offer_accepted_timestamp: Option<Timestamp> = seconds "transferOfferAcceptedTimestamp";
    address_transfer_status: Option<String> = one "addressTransferStatus";
}
AllocateAddressResult {
    allocation_id: Option<String> = one "allocationId";
    public_ipv4_pool: Option<String> = one "publicIpv4Pool";
    network_border_group: Option<String> = one "networkBorderGroup";
    domain: Option<String> = one "domain";
    customer_owned_ip: Option<String> = one "customerOwnedIp";
    customer_owned_ipv4_pool: Option<String> = one "customerOwnedIpv4Pool";
    carrier_ip: Option<String> = one "carrierIp";
    public_ip: Option<String> = one "publicIp";
}
ApplicationStatusSummary {
    status: Option<String> = one "status";
    impaired_since: Option<Timestamp> = seconds "impairedSince";
}
AssignIpv6AddressesResult {
    assigned_ipv6_addresses: Vec<String> = list_or_absent "assignedIpv6Addresses";
    assigned_ipv6_prefixes: Vec<String> = list_or_absent "assignedIpv6PrefixSet";
    network_interface_id: Option<String> = one "networkInterfaceId";
}
AssignPrivateIpAddressesResult {
    network_interface_id: Option<String> = one "networkInterfaceId";
    assigned_private_ip_addresses: Vec<AssignedPrivateIpAddress> = list_or_absent "assignedPrivateIpAddressesSet";
    assigned_ipv4_prefixes: Vec<Ipv4PrefixSpecification> = list "assignedIpv4PrefixSet";
}
AssignPrivateNatGatewayAddressResult {
    nat_gateway_id: Option<String> = one "natGatewayId";
    nat_gateway_addresses: Vec<NatGatewayAddress> = list "natGatewayAddressSet";
}
AssignedPrivateIpAddress {
    private_ip_address: Option<String> = one "privateIpAddress";
}
AssociateAddressResult {
    association_id: Option<String> = one "associationId";
}
AssociateNatGatewayAddressResult {
    nat_gateway_id: Option<String> = one "natGatewayId";
    nat_gateway_addresses: Vec<NatGatewayAddress> = list "natGatewayAddressSet";
}
AssociateRouteTableResult {
    association_id: Option<String> = one "associationId";
    association_state: Option<RouteTableAssociationState> = one "associationState";
}
AssociateSubnetCidrBlockResult {
    ipv6_cidr_block_association: Option<SubnetIpv6CidrBlockAssociation> = one "ipv6CidrBlockAssociation";
    subnet_id: Option<String> = one "subnetId";
}
AssociateVpcCidrBlockResult {
    ipv6_cidr_block_association: Option<VpcIpv6CidrBlockAssociation> = one "ipv6CidrBlockAssociation";
    cidr_block_association: Option<VpcCidrBlockAssociation> = one "cidrBlockAssociation";
    vpc_id: Option<String> = one "vpcId";
}
AttachNetworkInterfaceResult {
    attachment_id: Option<String> = one "attachmentId";
    network_card_index: Option<i32> = one "networkCardIndex";
}
AttachmentEnaSrdSpecification {
    ena_srd_enabled: Option<bool> = one "enaSrdEnabled";
    ena_srd_udp_specification: Option<AttachmentEnaSrdUdpSpecification> = one "enaSrdUdpSpecification";
}
AttachmentEnaSrdUdpSpecification {
    ena_srd_udp_enabled: Option<bool> = one "enaSrdUdpEnabled";
}
AuthorizeSecurityGroupEgressResult {
    r#return: Option<bool> = one "return";
    security_group_rules: Vec<SecurityGroupRule> = list "securityGroupRuleSet";
}
AuthorizeSecurityGroupIngressResult {
    r#return: Option<bool> = one "return";
    security_group_rules: Vec<SecurityGroupRule> = list "securityGroupRuleSet";
}
AvailabilityZone {
    zone_name: Option<String> = one "zoneName";
    state: Option<String> = one "zoneState";
    region_name: Option<String> = one "regionName";
    messages: Vec<AvailabilityZoneMessage> = list "messageSet";
    opt_in_status: Option<String> = one "optInStatus";
    zone_id: Option<String> = one "zoneId";
    group_name: Option<String> = one "groupName";
    network_border_group: Option<String> = one "networkBorderGroup";
    zone_type: Option<String> = one "zoneType";
    parent_zone_name: Option<String> = one "parentZoneName";
    parent_zone_id: Option<String> = one "parentZoneId";
    group_long_name: Option<String> = one "groupLongName";
    geography: Vec<AvailabilityZoneGeography> = list_or_absent "geographySet";
    sub_geography: Vec<AvailabilityZoneSubGeography> = list_or_absent "subGeographySet";
}
AvailabilityZoneGeography {
    name: Option<String> = one "name";
}
AvailabilityZoneMessage {
    message: Option<String> = one "message";
}
AvailabilityZoneSubGeography {
    name: Option<String> = one "name";
}
BaselineEbsBandwidthMbps {
    min: Option<i32> = one "min";
    max: Option<i32> = one "max";
}
BaselinePerformanceFactors {
    cpu: Option<CpuPerformanceFactor> = one "cpu";
}
BlockPublicAccessStates {
    internet_gateway_block_mode: Option<String> = one "internetGatewayBlockMode";
}
CapacityReservationSpecificationResponse {
    capacity_reservation_preference: Option<String> = one "capacityReservationPreference";
    capacity_reservation_target: Option<CapacityReservationTargetResponse> = one "capacityReservationTarget";
}
CapacityReservationTargetResponse {
    capacity_reservation_id: Option<String> = one "capacityReservationId";
    capacity_reservation_resource_group_arn: Option<String> = one "capacityReservationResourceGroupArn";
}
CidrBlock {
    cidr_block: Option<String> = one "cidrBlock";
}
ConnectionTrackingConfiguration {
    tcp_established_timeout: Option<i32> = one "tcpEstablishedTimeout";
    udp_stream_timeout: Option<i32> = one "udpStreamTimeout";
    udp_timeout: Option<i32> = one "udpTimeout";
}
ConnectionTrackingSpecification {
    tcp_established_timeout: Option<i32> = one "tcpEstablishedTimeout";
    udp_timeout: Option<i32> = one "udpTimeout";
    udp_stream_timeout: Option<i32> = one "udpStreamTimeout";
}
ConnectionTrackingSpecificationResponse {
    tcp_established_timeout: Option<i32> = one "tcpEstablishedTimeout";
    udp_stream_timeout: Option<i32> = one "udpStreamTimeout";
    udp_timeout: Option<i32> = one "udpTimeout";
}
CpuOptions {
    core_count: Option<i32> = one "coreCount";
    threads_per_core: Option<i32> = one "threadsPerCore";
    amd_sev_snp: Option<String> = one "amdSevSnp";
    nested_virtualization: Option<String> = one "nestedVirtualization";
}
CpuPerformanceFactor {
    references: Vec<PerformanceFactorReference> = list "referenceSet";
}
CreateDefaultSubnetResult {
    subnet: Option<Subnet> = one "subnet";
}
CreateDefaultVpcResult {
    vpc: Option<Vpc> = one "vpc";
}
CreateDhcpOptionsResult {
    dhcp_options: Option<DhcpOptions> = one "dhcpOptions";
}
CreateEgressOnlyInternetGatewayResult {
    client_token: Option<String> = one "clientToken";
    egress_only_internet_gateway: Option<EgressOnlyInternetGateway> = one "egressOnlyInternetGateway";
}
CreateInternetGatewayResult {
    internet_gateway: Option<InternetGateway> = one "internetGateway";
}
CreateLaunchTemplateResult {
    launch_template: Option<LaunchTemplate> = one "launchTemplate";
    warning: Option<ValidationWarning> = one "warning";
}
CreateLaunchTemplateVersionResult {
    launch_template_version: Option<LaunchTemplateVersion> = one "launchTemplateVersion";
    warning: Option<ValidationWarning> = one "warning";
}
CreateManagedPrefixListResult {
    prefix_list: Option<ManagedPrefixList> = one "prefixList";
}
CreateNatGatewayResult {
    client_token: Option<String> = one "clientToken";
    nat_gateway: Option<NatGateway> = one "natGateway";
}
CreateNetworkAclResult {
    network_acl: Option<NetworkAcl> = one "networkAcl";
    client_token: Option<String> = one "clientToken";
}
CreateNetworkInterfacePermissionResult {
    interface_permission: Option<NetworkInterfacePermission> = one "interfacePermission";
}
CreateNetworkInterfaceResult {
    network_interface: Option<NetworkInterface> = one "networkInterface";
    client_token: Option<String> = one "clientToken";
}
CreateRouteResult {
    r#return: Option<bool> = one "return";
}
CreateRouteTableResult {
    route_table: Option<RouteTable> = one "routeTable";
    client_token: Option<String> = one "clientToken";
}
CreateSecurityGroupResult {
    group_id: Option<String> = one "groupId";
    tags: Vec<Tag> = list_or_absent "tagSet";
    security_group_arn: Option<String> = one "securityGroupArn";
}
CreateSubnetCidrReservationResult {
    subnet_cidr_reservation: Option<SubnetCidrReservation> = one "subnetCidrReservation";
}
CreateSubnetResult {
    subnet: Option<Subnet> = one "subnet";
}
CreateVpcPeeringConnectionResult {
    vpc_peering_connection: Option<VpcPeeringConnection> = one "vpcPeeringConnection";
}
CreateVpcResult {
    vpc: Option<Vpc> = one "vpc";
}
CreditSpecification {
    cpu_credits: Option<String> = one "cpuCredits";
}
DeleteEgressOnlyInternetGatewayResult {
    return_code: Option<bool> = one "returnCode";
}
DeleteKeyPairResult {
    r#return: Option<bool> = one "return";
    key_pair_id: Option<String> = one "keyPairId";
}
DeleteLaunchTemplateResult {
    launch_template: Option<LaunchTemplate> = one "launchTemplate";
}
DeleteLaunchTemplateVersionsResponseErrorItem {
    launch_template_id: Option<String> = one "launchTemplateId";
    launch_template_name: Option<String> = one "launchTemplateName";
    version_number: Option<i64> = one "versionNumber";
    response_error: Option<ResponseError> = one "responseError";
}
DeleteLaunchTemplateVersionsResponseSuccessItem {
    launch_template_id: Option<String> = one "launchTemplateId";
    launch_template_name: Option<String> = one "launchTemplateName";
    version_number: Option<i64> = one "versionNumber";
}
DeleteLaunchTemplateVersionsResult {
    successfully_deleted_launch_template_versions: Vec<DeleteLaunchTemplateVersionsResponseSuccessItem> = list "successfullyDeletedLaunchTemplateVersionSet";
    unsuccessfully_deleted_launch_template_versions: Vec<DeleteLaunchTemplateVersionsResponseErrorItem> = list "unsuccessfullyDeletedLaunchTemplateVersionSet";
}
DeleteManagedPrefixListResult {
    prefix_list: Option<ManagedPrefixList> = one "prefixList";
}
DeleteNatGatewayResult {
    nat_gateway_id: Option<String> = one "natGatewayId";
}
DeleteNetworkInterfacePermissionResult {
    r#return: Option<bool> = one "return";
}
DeleteSecurityGroupResult {
    r#return: Option<bool> = one "return";
    group_id: Option<String> = one "groupId";
}
DeleteSubnetCidrReservationResult {
    deleted_subnet_cidr_reservation: Option<SubnetCidrReservation> = one "deletedSubnetCidrReservation";
}
DeleteVpcPeeringConnectionResult {
    r#return: Option<bool> = one "return";
}
DescribeAccountAttributesResult {
    account_attributes: Vec<AccountAttribute> = list "accountAttributeSet";
}
DescribeAddressTransfersResult {
    address_transfers: Vec<AddressTransfer> = list "addressTransferSet";
    next_token: Option<String> = one "nextToken";
}
DescribeAddressesAttributeResult {
    addresses: Vec<AddressAttribute> = list "addressSet";
    next_token: Option<String> = one "nextToken";
}
DescribeAddressesResult {
    addresses: Vec<Address> = list "addressesSet";
}
DescribeAvailabilityZonesResult {
    availability_zones: Vec<AvailabilityZone> = list "availabilityZoneInfo";
}
DescribeDhcpOptionsResult {
    next_token: Option<String> = one "nextToken";
    dhcp_options: Vec<DhcpOptions> = list "dhcpOptionsSet";
}
DescribeEgressOnlyInternetGatewaysResult {
    egress_only_internet_gateways: Vec<EgressOnlyInternetGateway> = list "egressOnlyInternetGatewaySet";
    next_token: Option<String> = one "nextToken";
}
DescribeIamInstanceProfileAssociationsResult {
    iam_instance_profile_associations: Vec<IamInstanceProfileAssociation> = list "iamInstanceProfileAssociationSet";
    next_token: Option<String> = one "nextToken";
}
DescribeImagesResult {
    next_token: Option<String> = one "nextToken";
    images: Vec<Image> = list "imagesSet";
}
DescribeInstanceCreditSpecificationsResult {
    instance_credit_specifications: Vec<InstanceCreditSpecification> = list "instanceCreditSpecificationSet";
    next_token: Option<String> = one "nextToken";
}
DescribeInstanceStatusResult {
    instance_statuses: Vec<InstanceStatus> = list "instanceStatusSet";
    next_token: Option<String> = one "nextToken";
}
DescribeInstanceTypeOfferingsResult {
    instance_type_offerings: Vec<InstanceTypeOffering> = list "instanceTypeOfferingSet";
    next_token: Option<String> = one "nextToken";
}
DescribeInstanceTypesResult {
    instance_types: Vec<InstanceTypeInfo> = list "instanceTypeSet";
    next_token: Option<String> = one "nextToken";
}
DescribeInstancesResult {
    next_token: Option<String> = one "nextToken";
    reservations: Vec<Reservation> = list "reservationSet";
}
DescribeInternetGatewaysResult {
    internet_gateways: Vec<InternetGateway> = list "internetGatewaySet";
    next_token: Option<String> = one "nextToken";
}
DescribeKeyPairsResult {
    key_pairs: Vec<KeyPairInfo> = list "keySet";
}
DescribeLaunchTemplateVersionsResult {
    launch_template_versions: Vec<LaunchTemplateVersion> = list "launchTemplateVersionSet";
    next_token: Option<String> = one "nextToken";
}
DescribeLaunchTemplatesResult {
    launch_templates: Vec<LaunchTemplate> = list "launchTemplates";
    next_token: Option<String> = one "nextToken";
}
DescribeManagedPrefixListsResult {
    next_token: Option<String> = one "nextToken";
    prefix_lists: Vec<ManagedPrefixList> = list "prefixListSet";
}
DescribeNatGatewaysResult {
    nat_gateways: Vec<NatGateway> = list "natGatewaySet";
    next_token: Option<String> = one "nextToken";
}
DescribeNetworkAclsResult {
    network_acls: Vec<NetworkAcl> = list "networkAclSet";
    next_token: Option<String> = one "nextToken";
}
DescribeNetworkInterfaceAttributeResult {
    attachment: Option<NetworkInterfaceAttachment> = one "attachment";
    description: Option<AttributeValue> = one "description";
    groups: Option<Vec<GroupIdentifier>> = list_if_told "groupSet";
    network_interface_id: Option<String> = one "networkInterfaceId";
    source_dest_check: Option<AttributeBooleanValue> = one "sourceDestCheck";
    associate_public_ip_address: Option<bool> = one "associatePublicIpAddress";
}
DescribeNetworkInterfacePermissionsResult {
    network_interface_permissions: Vec<NetworkInterfacePermission> = list "networkInterfacePermissions";
    next_token: Option<String> = one "nextToken";
}
DescribeNetworkInterfacesResult {
    network_interfaces: Vec<NetworkInterface> = list "networkInterfaceSet";
    next_token: Option<String> = one "nextToken";
}
DescribePrefixListsResult {
    next_token: Option<String> = one "nextToken";
    prefix_lists: Vec<PrefixList> = list "prefixListSet";
}
DescribePublicIpv4PoolsResult {
    public_ipv4_pools: Vec<PublicIpv4Pool> = list "publicIpv4PoolSet";
    next_token: Option<String> = one "nextToken";
}
DescribeRegionsResult {
    regions: Vec<Region> = list "regionInfo";
}
DescribeRouteTablesResult {
    route_tables: Vec<RouteTable> = list "routeTableSet";
    next_token: Option<String> = one "nextToken";
}
DescribeSecurityGroupReferencesResult {
    security_group_reference_set: Vec<SecurityGroupReference> = list "securityGroupReferenceSet";
}
DescribeSecurityGroupRulesResult {
    security_group_rules: Vec<SecurityGroupRule> = list "securityGroupRuleSet";
    next_token: Option<String> = one "nextToken";
}
DescribeSecurityGroupsResult {
    next_token: Option<String> = one "nextToken";
    security_groups: Vec<SecurityGroup> = list "securityGroupInfo";
}
DescribeStaleSecurityGroupsResult {
    next_token: Option<String> = one "nextToken";
    stale_security_group_set: Vec<StaleSecurityGroup> = list "staleSecurityGroupSet";
}
DescribeSubnetsResult {
    next_token: Option<String> = one "nextToken";
    subnets: Vec<Subnet> = list "subnetSet";
}
DescribeTagsResult {
    next_token: Option<String> = one "nextToken";
    tags: Vec<TagDescription> = list "tagSet";
}
DescribeVolumeStatusResult {
    next_token: Option<String> = one "nextToken";
    volume_statuses: Vec<VolumeStatusItem> = list "volumeStatusSet";
}
DescribeVolumesResult {
    next_token: Option<String> = one "nextToken";
    volumes: Vec<Volume> = list "volumeSet";
}
DescribeVpcAttributeResult {
    enable_dns_hostnames: Option<AttributeBooleanValue> = one "enableDnsHostnames";
    enable_dns_support: Option<AttributeBooleanValue> = one "enableDnsSupport";
    enable_network_address_usage_metrics: Option<AttributeBooleanValue> = one "enableNetworkAddressUsageMetrics";
    vpc_id: Option<String> = one "vpcId";
}
DescribeVpcPeeringConnectionsResult {
    vpc_peering_connections: Vec<VpcPeeringConnection> = list "vpcPeeringConnectionSet";
    next_token: Option<String> = one "nextToken";
}
DescribeVpcsResult {
    next_token: Option<String> = one "nextToken";
    vpcs: Vec<Vpc> = list "vpcSet";
}
DhcpConfiguration {
    key: Option<String> = one "key";
    values: Vec<AttributeValue> = list "valueSet";
}
DhcpOptions {
    owner_id: Option<String> = one "ownerId";
    tags: Vec<Tag> = list "tagSet";
    dhcp_options_id: Option<String> = one "dhcpOptionsId";
    dhcp_configurations: Vec<DhcpConfiguration> = list "dhcpConfigurationSet";
}
DisableAddressTransferResult {
    address_transfer: Option<AddressTransfer> = one "addressTransfer";
}
DisassociateNatGatewayAddressResult {
    nat_gateway_id: Option<String> = one "natGatewayId";
    nat_gateway_addresses: Vec<NatGatewayAddress> = list "natGatewayAddressSet";
}
DisassociateSubnetCidrBlockResult {
    ipv6_cidr_block_association: Option<SubnetIpv6CidrBlockAssociation> = one "ipv6CidrBlockAssociation";
    subnet_id: Option<String> = one "subnetId";
}
DisassociateVpcCidrBlockResult {
    ipv6_cidr_block_association: Option<VpcIpv6CidrBlockAssociation> = one "ipv6CidrBlockAssociation";
    cidr_block_association: Option<VpcCidrBlockAssociation> = one "cidrBlockAssociation";
    vpc_id: Option<String> = one "vpcId";
}
EbsInstanceBlockDevice {
    volume_id: Option<String> = one "volumeId";
    status: Option<String> = one "status";
    attach_time: Option<Timestamp> = seconds "attachTime";
    delete_on_termination: Option<bool> = one "deleteOnTermination";
    associated_resource: Option<String> = one "associatedResource";
    volume_owner_id: Option<String> = one "volumeOwnerId";
    operator: Option<OperatorResponse> = one "operator";
    ebs_card_index: Option<i32> = one "ebsCardIndex";
}
EbsStatusDetails {
    impaired_since: Option<Timestamp> = seconds "impairedSince";
    name: Option<String> = one "name";
    status: Option<String> = one "status";
}
EbsStatusSummary {
    details: Vec<EbsStatusDetails> = list "details";
    status: Option<String> = one "status";
}
EgressOnlyInternetGateway {
    attachments: Vec<InternetGatewayAttachment> = list "attachmentSet";
    egress_only_internet_gateway_id: Option<String> = one "egressOnlyInternetGatewayId";
    tags: Vec<Tag> = list "tagSet";
}
ElasticGpuAssociation {
    elastic_gpu_id: Option<String> = one "elasticGpuId";
    elastic_gpu_association_id: Option<String> = one "elasticGpuAssociationId";
    elastic_gpu_association_state: Option<String> = one "elasticGpuAssociationState";
    elastic_gpu_association_time: Option<String> = one "elasticGpuAssociationTime";
}
ElasticGpuSpecificationResponse {
    r#type: Option<String> = one "type";
}
ElasticInferenceAcceleratorAssociation {
    elastic_inference_accelerator_arn: Option<String> = one "elasticInferenceAcceleratorArn";
    elastic_inference_accelerator_association_id: Option<String> = one "elasticInferenceAcceleratorAssociationId";
    elastic_inference_accelerator_association_state: Option<String> = one "elasticInferenceAcceleratorAssociationState";
    elastic_inference_accelerator_association_time: Option<Timestamp> = seconds "elasticInferenceAcceleratorAssociationTime";
}
EnableAddressTransferResult {
    address_transfer: Option<AddressTransfer> = one "addressTransfer";
}
EnclaveOptions {
    enabled: Option<bool> = one "enabled";
}
GetConsoleOutputResult {
    instance_id: Option<String> = one "instanceId";
    timestamp: Option<Timestamp> = seconds "timestamp";
    output: Option<String> = one "output";
}
GetManagedPrefixListAssociationsResult {
    prefix_list_associations: Vec<PrefixListAssociation> = list "prefixListAssociationSet";
    next_token: Option<String> = one "nextToken";
}
GetManagedPrefixListEntriesResult {
    entries: Vec<PrefixListEntry> = list "entrySet";
    next_token: Option<String> = one "nextToken";
}
GetSecurityGroupsForVpcResult {
    next_token: Option<String> = one "nextToken";
    security_group_for_vpcs: Vec<SecurityGroupForVpc> = list "securityGroupForVpcSet";
}
GetSubnetCidrReservationsResult {
    subnet_ipv4_cidr_reservations: Vec<SubnetCidrReservation> = list "subnetIpv4CidrReservationSet";
    subnet_ipv6_cidr_reservations: Vec<SubnetCidrReservation> = list "subnetIpv6CidrReservationSet";
    next_token: Option<String> = one "nextToken";
}
GroupIdentifier {
    group_id: Option<String> = one "groupId";
    group_name: Option<String> = one "groupName";
}
HibernationOptions {
    configured: Option<bool> = one "configured";
}
IamInstanceProfile {
    arn: Option<String> = one "arn";
    id: Option<String> = one "id";
}
IamInstanceProfileAssociation {
    association_id: Option<String> = one "associationId";
    instance_id: Option<String> = one "instanceId";
    iam_instance_profile: Option<IamInstanceProfile> = one "iamInstanceProfile";
    state: Option<String> = one "state";
    timestamp: Option<Timestamp> = seconds "timestamp";
}
Image {
    image_id: Option<String> = one "imageId";
    image_location: Option<String> = one "imageLocation";
    state: Option<String> = one "imageState";
    owner_id: Option<String> = one "imageOwnerId";
    public: Option<bool> = one "isPublic";
    architecture: Option<String> = one "architecture";
    image_type: Option<String> = one "imageType";
    kernel_id: Option<String> = one "kernelId";
    name: Option<String> = one "name";
    description: Option<String> = one "description";
    root_device_type: Option<String> = one "rootDeviceType";
    root_device_name: Option<String> = one "rootDeviceName";
    block_device_mappings: Vec<BlockDeviceMapping> = list "blockDeviceMapping";
    virtualization_type: Option<String> = one "virtualizationType";
    hypervisor: Option<String> = one "hypervisor";
    creation_date: Option<String> = one "creationDate";
    platform_details: Option<String> = one "platformDetails";
    usage_operation: Option<String> = one "usageOperation";
    ena_support: Option<bool> = one "enaSupport";
    image_owner_alias: Option<String> = one "imageOwnerAlias";
    sriov_net_support: Option<String> = one "sriovNetSupport";
    state_reason: Option<StateReason> = one "stateReason";
    tags: Vec<Tag> = list_or_absent "tagSet";
    boot_mode: Option<String> = one "bootMode";
    tpm_support: Option<String> = one "tpmSupport";
    deprecation_time: Option<String> = one "deprecationTime";
    imds_support: Option<String> = one "imdsSupport";
    source_instance_id: Option<String> = one "sourceInstanceId";
    deregistration_protection: Option<String> = one "deregistrationProtection";
    last_launched_time: Option<String> = one "lastLaunchedTime";
    image_allowed: Option<bool> = one "imageAllowed";
    source_image_id: Option<String> = one "sourceImageId";
    source_image_region: Option<String> = one "sourceImageRegion";
    free_tier_eligible: Option<bool> = one "freeTierEligible";
    public_ssm_parameter_name: Option<String> = one "publicSsmParameterName";
    image_watermarks: Vec<ImageWatermark> = list_or_absent "imageWatermarkSet";
    scan_results: Option<ScanResults> = one "scanResults";
    instance_type_specification: Option<InstanceTypeSpecification> = one "instanceTypeSpecification";
    product_codes: Vec<ProductCode> = list_or_absent "productCodes";
    ramdisk_id: Option<String> = one "ramdiskId";
    platform: Option<String> = one "platform";
}
ImageWatermark {
    watermark_key: Option<String> = one "watermarkKey";
    source_image_region: Option<String> = one "sourceImageRegion";
    source_image_id: Option<String> = one "sourceImageId";
    source_image_creation_time: Option<Timestamp> = seconds "sourceImageCreationTime";
    watermark_creation_time: Option<Timestamp> = seconds "watermarkCreationTime";
}
ImportKeyPairResult {
    key_fingerprint: Option<String> = one "keyFingerprint";
    key_name: Option<String> = one "keyName";
    key_pair_id: Option<String> = one "keyPairId";
    tags: Vec<Tag> = list_or_absent "tagSet";
}
InitializationStatusDetails {
    initialization_type: Option<String> = one "initializationType";
    progress: Option<i64> = one "progress";
    estimated_time_to_complete_in_seconds: Option<i64> = one "estimatedTimeToCompleteInSeconds";
}
Instance {
    instance_id: Option<String> = one "instanceId";
    image_id: Option<String> = one "imageId";
    state: Option<InstanceState> = one "instanceState";
    private_dns_name: Option<String> = one "privateDnsName";
    public_dns_name: Option<String> = one "dnsName";
    state_transition_reason: Option<String> = one "reason";
    key_name: Option<String> = one "keyName";
    ami_launch_index: Option<i32> = one "amiLaunchIndex";
    product_codes: Vec<ProductCode> = list "productCodes";
    instance_type: Option<String> = one "instanceType";
    launch_time: Option<Timestamp> = seconds "launchTime";
    placement: Option<Placement> = one "placement";
    kernel_id: Option<String> = one "kernelId";
    monitoring: Option<Monitoring> = one "monitoring";
    subnet_id: Option<String> = one "subnetId";
    vpc_id: Option<String> = one "vpcId";
    private_ip_address: Option<String> = one "privateIpAddress";
    public_ip_address: Option<String> = one "ipAddress";
    source_dest_check: Option<bool> = one "sourceDestCheck";
    security_groups: Vec<GroupIdentifier> = list "groupSet";
    state_reason: Option<StateReason> = one "stateReason";
    architecture: Option<String> = one "architecture";
    root_device_type: Option<String> = one "rootDeviceType";
    root_device_name: Option<String> = one "rootDeviceName";
    block_device_mappings: Vec<InstanceBlockDeviceMapping> = list "blockDeviceMapping";
    virtualization_type: Option<String> = one "virtualizationType";
    client_token: Option<String> = one "clientToken";
    tags: Vec<Tag> = list_or_absent "tagSet";
    hypervisor: Option<String> = one "hypervisor";
    network_interfaces: Vec<InstanceNetworkInterface> = list "networkInterfaceSet";
    ebs_optimized: Option<bool> = one "ebsOptimized";
    ena_support: Option<bool> = one "enaSupport";
    iam_instance_profile: Option<IamInstanceProfile> = one "iamInstanceProfile";
    instance_lifecycle: Option<String> = one "instanceLifecycle";
    elastic_gpu_associations: Vec<ElasticGpuAssociation> = list_or_absent "elasticGpuAssociationSet";
    elastic_inference_accelerator_associations: Vec<ElasticInferenceAcceleratorAssociation> = list_or_absent "elasticInferenceAcceleratorAssociationSet";
    outpost_arn: Option<String> = one "outpostArn";
    spot_instance_request_id: Option<String> = one "spotInstanceRequestId";
    sriov_net_support: Option<String> = one "sriovNetSupport";
    cpu_options: Option<CpuOptions> = one "cpuOptions";
    capacity_block_id: Option<String> = one "capacityBlockId";
    capacity_reservation_id: Option<String> = one "capacityReservationId";
    capacity_reservation_specification: Option<CapacityReservationSpecificationResponse> = one "capacityReservationSpecification";
    hibernation_options: Option<HibernationOptions> = one "hibernationOptions";
    licenses: Vec<LicenseConfiguration> = list_or_absent "licenseSet";
    metadata_options: Option<InstanceMetadataOptionsResponse> = one "metadataOptions";
    enclave_options: Option<EnclaveOptions> = one "enclaveOptions";
    boot_mode: Option<String> = one "bootMode";
    platform_details: Option<String> = one "platformDetails";
    usage_operation: Option<String> = one "usageOperation";
    usage_operation_update_time: Option<Timestamp> = seconds "usageOperationUpdateTime";
    private_dns_name_options: Option<PrivateDnsNameOptionsResponse> = one "privateDnsNameOptions";
    ipv6_address: Option<String> = one "ipv6Address";
    tpm_support: Option<String> = one "tpmSupport";
    maintenance_options: Option<InstanceMaintenanceOptions> = one "maintenanceOptions";
    current_instance_boot_mode: Option<String> = one "currentInstanceBootMode";
    network_performance_options: Option<InstanceNetworkPerformanceOptions> = one "networkPerformanceOptions";
    operator: Option<OperatorResponse> = one "operator";
    secondary_interfaces: Vec<InstanceSecondaryInterface> = list "secondaryInterfaceSet";
    ramdisk_id: Option<String> = one "ramdiskId";
    platform: Option<String> = one "platform";
}
InstanceAttachmentEnaSrdSpecification {
    ena_srd_enabled: Option<bool> = one "enaSrdEnabled";
    ena_srd_udp_specification: Option<InstanceAttachmentEnaSrdUdpSpecification> = one "enaSrdUdpSpecification";
}
InstanceAttachmentEnaSrdUdpSpecification {
    ena_srd_udp_enabled: Option<bool> = one "enaSrdUdpEnabled";
}
InstanceAttribute {
    block_device_mappings: Option<Vec<InstanceBlockDeviceMapping>> = list_if_told "blockDeviceMapping";
    disable_api_termination: Option<AttributeBooleanValue> = one "disableApiTermination";
    ena_support: Option<AttributeBooleanValue> = one "enaSupport";
    enclave_options: Option<EnclaveOptions> = one "enclaveOptions";
    ebs_optimized: Option<AttributeBooleanValue> = one "ebsOptimized";
    instance_id: Option<String> = one "instanceId";
    instance_initiated_shutdown_behavior: Option<AttributeValue> = one "instanceInitiatedShutdownBehavior";
    instance_type: Option<AttributeValue> = one "instanceType";
    kernel_id: Option<AttributeValue> = one "kernel";
    product_codes: Option<Vec<ProductCode>> = list_if_told "productCodes";
    ramdisk_id: Option<AttributeValue> = one "ramdisk";
    root_device_name: Option<AttributeValue> = one "rootDeviceName";
    source_dest_check: Option<AttributeBooleanValue> = one "sourceDestCheck";
    sriov_net_support: Option<AttributeValue> = one "sriovNetSupport";
    user_data: Option<AttributeValue> = one "userData";
    disable_api_stop: Option<AttributeBooleanValue> = one "disableApiStop";
    groups: Option<Vec<GroupIdentifier>> = list_if_told "groupSet";
}
InstanceBlockDeviceMapping {
    device_name: Option<String> = one "deviceName";
    ebs: Option<EbsInstanceBlockDevice> = one "ebs";
}
InstanceCreditSpecification {
    instance_id: Option<String> = one "instanceId";
    cpu_credits: Option<String> = one "cpuCredits";
}
InstanceIpv4Prefix {
    ipv4_prefix: Option<String> = one "ipv4Prefix";
}
InstanceIpv6Prefix {
    ipv6_prefix: Option<String> = one "ipv6Prefix";
}
InstanceMaintenanceOptions {
    auto_recovery: Option<String> = one "autoRecovery";
    reboot_migration: Option<String> = one "rebootMigration";
}
InstanceMetadataOptionsResponse {
    state: Option<String> = one "state";
    http_tokens: Option<String> = one "httpTokens";
    http_put_response_hop_limit: Option<i32> = one "httpPutResponseHopLimit";
    http_endpoint: Option<String> = one "httpEndpoint";
    http_protocol_ipv6: Option<String> = one "httpProtocolIpv6";
    instance_metadata_tags: Option<String> = one "instanceMetadataTags";
}
InstanceMonitoring {
    instance_id: Option<String> = one "instanceId";
    monitoring: Option<Monitoring> = one "monitoring";
}
InstanceNetworkInterface {
    network_interface_id: Option<String> = one "networkInterfaceId";
    subnet_id: Option<String> = one "subnetId";
    vpc_id: Option<String> = one "vpcId";
    description: Option<String> = one "description";
    owner_id: Option<String> = one "ownerId";
    status: Option<String> = one "status";
    mac_address: Option<String> = one "macAddress";
    private_ip_address: Option<String> = one "privateIpAddress";
    private_dns_name: Option<String> = one "privateDnsName";
    source_dest_check: Option<bool> = one "sourceDestCheck";
    groups: Vec<GroupIdentifier> = list "groupSet";
    attachment: Option<InstanceNetworkInterfaceAttachment> = one "attachment";
    association: Option<InstanceNetworkInterfaceAssociation> = one "association";
    private_ip_addresses: Vec<InstancePrivateIpAddress> = list "privateIpAddressesSet";
    ipv6_addresses: Vec<InstanceIpv6Address> = list "ipv6AddressesSet";
    interface_type: Option<String> = one "interfaceType";
    ipv4_prefixes: Vec<InstanceIpv4Prefix> = list_or_absent "ipv4PrefixSet";
    ipv6_prefixes: Vec<InstanceIpv6Prefix> = list_or_absent "ipv6PrefixSet";
    connection_tracking_configuration: Option<ConnectionTrackingSpecificationResponse> = one "connectionTrackingConfiguration";
    operator: Option<OperatorResponse> = one "operator";
}
InstanceNetworkInterfaceAssociation {
    carrier_ip: Option<String> = one "carrierIp";
    customer_owned_ip: Option<String> = one "customerOwnedIp";
    ip_owner_id: Option<String> = one "ipOwnerId";
    public_dns_name: Option<String> = one "publicDnsName";
    public_ip: Option<String> = one "publicIp";
}
InstanceNetworkInterfaceAttachment {
    attachment_id: Option<String> = one "attachmentId";
    device_index: Option<i32> = one "deviceIndex";
    status: Option<String> = one "status";
    attach_time: Option<Timestamp> = seconds "attachTime";
    delete_on_termination: Option<bool> = one "deleteOnTermination";
    network_card_index: Option<i32> = one "networkCardIndex";
    ena_srd_specification: Option<InstanceAttachmentEnaSrdSpecification> = one "enaSrdSpecification";
    ena_queue_count: Option<i32> = one "enaQueueCount";
}
InstanceNetworkPerformanceOptions {
    bandwidth_weighting: Option<String> = one "bandwidthWeighting";
}
InstancePrivateIpAddress {
    private_ip_address: Option<String> = one "privateIpAddress";
    private_dns_name: Option<String> = one "privateDnsName";
    primary: Option<bool> = one "primary";
    association: Option<InstanceNetworkInterfaceAssociation> = one "association";
}
InstanceRequirements {
    v_cpu_count: Option<VCpuCountRange> = one "vCpuCount";
    memory_mi_b: Option<MemoryMiB> = one "memoryMiB";
    cpu_manufacturers: Vec<String> = list "cpuManufacturerSet";
    memory_gi_b_per_v_cpu: Option<MemoryGiBPerVCpu> = one "memoryGiBPerVCpu";
    excluded_instance_types: Vec<String> = list "excludedInstanceTypeSet";
    instance_generations: Vec<String> = list "instanceGenerationSet";
    spot_max_price_percentage_over_lowest_price: Option<i32> = one "spotMaxPricePercentageOverLowestPrice";
    on_demand_max_price_percentage_over_lowest_price: Option<i32> = one "onDemandMaxPricePercentageOverLowestPrice";
    bare_metal: Option<String> = one "bareMetal";
    burstable_performance: Option<String> = one "burstablePerformance";
    require_hibernate_support: Option<bool> = one "requireHibernateSupport";
    network_interface_count: Option<NetworkInterfaceCount> = one "networkInterfaceCount";
    local_storage: Option<String> = one "localStorage";
    local_storage_types: Vec<String> = list "localStorageTypeSet";
    total_local_storage_gb: Option<TotalLocalStorageGB> = one "totalLocalStorageGB";
    baseline_ebs_bandwidth_mbps: Option<BaselineEbsBandwidthMbps> = one "baselineEbsBandwidthMbps";
    accelerator_types: Vec<String> = list "acceleratorTypeSet";
    accelerator_count: Option<AcceleratorCount> = one "acceleratorCount";
    accelerator_manufacturers: Vec<String> = list "acceleratorManufacturerSet";
    accelerator_names: Vec<String> = list "acceleratorNameSet";
    accelerator_total_memory_mi_b: Option<AcceleratorTotalMemoryMiB> = one "acceleratorTotalMemoryMiB";
    network_bandwidth_gbps: Option<NetworkBandwidthGbps> = one "networkBandwidthGbps";
    allowed_instance_types: Vec<String> = list "allowedInstanceTypeSet";
    max_spot_price_as_percentage_of_optimal_on_demand_price: Option<i32> = one "maxSpotPriceAsPercentageOfOptimalOnDemandPrice";
    baseline_performance_factors: Option<BaselinePerformanceFactors> = one "baselinePerformanceFactors";
    require_encryption_in_transit: Option<bool> = one "requireEncryptionInTransit";
}
InstanceSecondaryInterface {
    attachment: Option<InstanceSecondaryInterfaceAttachment> = one "attachment";
    mac_address: Option<String> = one "macAddress";
    secondary_interface_id: Option<String> = one "secondaryInterfaceId";
    owner_id: Option<String> = one "ownerId";
    private_ip_addresses: Vec<InstanceSecondaryInterfacePrivateIpAddress> = list "privateIpAddressSet";
    source_dest_check: Option<bool> = one "sourceDestCheck";
    status: Option<String> = one "status";
    secondary_subnet_id: Option<String> = one "secondarySubnetId";
    secondary_network_id: Option<String> = one "secondaryNetworkId";
    interface_type: Option<String> = one "interfaceType";
}
InstanceSecondaryInterfaceAttachment {
    attach_time: Option<Timestamp> = seconds "attachTime";
    attachment_id: Option<String> = one "attachmentId";
    delete_on_termination: Option<bool> = one "deleteOnTermination";
    device_index: Option<i32> = one "deviceIndex";
    status: Option<String> = one "status";
    network_card_index: Option<i32> = one "networkCardIndex";
}
InstanceSecondaryInterfacePrivateIpAddress {
    private_ip_address: Option<String> = one "privateIpAddress";
}
InstanceState {
    code: Option<i32> = one "code";
    name: Option<String> = one "name";
}
InstanceStateChange {
    instance_id: Option<String> = one "instanceId";
    current_state: Option<InstanceState> = one "currentState";
    previous_state: Option<InstanceState> = one "previousState";
}
InstanceStatus {
    availability_zone: Option<String> = one "availabilityZone";
    availability_zone_id: Option<String> = one "availabilityZoneId";
    outpost_arn: Option<String> = one "outpostArn";
    operator: Option<OperatorResponse> = one "operator";
    events: Vec<InstanceStatusEvent> = list_or_absent "eventsSet";
    instance_id: Option<String> = one "instanceId";
    instance_state: Option<InstanceState> = one "instanceState";
    instance_status: Option<InstanceStatusSummary> = one "instanceStatus";
    system_status: Option<InstanceStatusSummary> = one "systemStatus";
    attached_ebs_status: Option<EbsStatusSummary> = one "attachedEbsStatus";
    application_status: Option<ApplicationStatusSummary> = one "applicationStatus";
    performance_status: Option<PerformanceStatusSummary> = one "performanceStatus";
}
InstanceStatusDetails {
    impaired_since: Option<Timestamp> = seconds "impairedSince";
    name: Option<String> = one "name";
    status: Option<String> = one "status";
}
InstanceStatusEvent {
    instance_event_id: Option<String> = one "instanceEventId";
    code: Option<String> = one "code";
    description: Option<String> = one "description";
    not_after: Option<Timestamp> = seconds "notAfter";
    not_before: Option<Timestamp> = seconds "notBefore";
    not_before_deadline: Option<Timestamp> = seconds "notBeforeDeadline";
}
InstanceStatusSummary {
    details: Vec<InstanceStatusDetails> = list "details";
    status: Option<String> = one "status";
}
InstanceTypeItem {
    instance_type: Option<String> = one "instanceType";
}
InstanceTypeOffering {
    instance_type: Option<String> = one "instanceType";
    location_type: Option<String> = one "locationType";
    location: Option<String> = one "location";
}
InstanceTypeSpecification {
    supported_instance_types: Vec<InstanceTypeItem> = list "supportedInstanceTypeSet";
    unsupported_instance_types: Vec<InstanceTypeItem> = list "unsupportedInstanceTypeSet";
}
InternetGateway {
    internet_gateway_id: Option<String> = one "internetGatewayId";
    attachments: Vec<InternetGatewayAttachment> = list "attachmentSet";
    tags: Vec<Tag> = list "tagSet";
    owner_id: Option<String> = one "ownerId";
}
InternetGatewayAttachment {
    vpc_id: Option<String> = one "vpcId";
    state: Option<String> = one "state";
}
Ipv4PrefixSpecification {
    ipv4_prefix: Option<String> = one "ipv4Prefix";
}
Ipv4PrefixSpecificationResponse {
    ipv4_prefix: Option<String> = one "ipv4Prefix";
}
Ipv6CidrBlock {
    ipv6_cidr_block: Option<String> = one "ipv6CidrBlock";
}
Ipv6PrefixSpecification {
    ipv6_prefix: Option<String> = one "ipv6Prefix";
}
Ipv6PrefixSpecificationResponse {
    ipv6_prefix: Option<String> = one "ipv6Prefix";
}
KeyPair {
    key_name: Option<String> = one "keyName";
    key_fingerprint: Option<String> = one "keyFingerprint";
    key_material: Option<String> = one "keyMaterial";
    key_pair_id: Option<String> = one "keyPairId";
    tags: Vec<Tag> = list_or_absent "tagSet";
}
KeyPairInfo {
    key_name: Option<String> = one "keyName";
    key_fingerprint: Option<String> = one "keyFingerprint";
    key_pair_id: Option<String> = one "keyPairId";
    key_type: Option<String> = one "keyType";
    tags: Vec<Tag> = list "tagSet";
    public_key: Option<String> = one "publicKey";
    create_time: Option<Timestamp> = one "createTime";
}
LaunchTemplate {
    launch_template_id: Option<String> = one "launchTemplateId";
    launch_template_name: Option<String> = one "launchTemplateName";
    create_time: Option<Timestamp> = seconds "createTime";
    created_by: Option<String> = one "createdBy";
    default_version_number: Option<i64> = one "defaultVersionNumber";
    latest_version_number: Option<i64> = one "latestVersionNumber";
    tags: Vec<Tag> = list_or_absent "tagSet";
    operator: Option<OperatorResponse> = one "operator";
}
LaunchTemplateBlockDeviceMapping {
    device_name: Option<String> = one "deviceName";
    virtual_name: Option<String> = one "virtualName";
    ebs: Option<LaunchTemplateEbsBlockDevice> = one "ebs";
    no_device: Option<String> = one "noDevice";
}
LaunchTemplateCapacityReservationSpecificationResponse {
    capacity_reservation_preference: Option<String> = one "capacityReservationPreference";
    capacity_reservation_target: Option<CapacityReservationTargetResponse> = one "capacityReservationTarget";
}
LaunchTemplateCpuOptions {
    core_count: Option<i32> = one "coreCount";
    threads_per_core: Option<i32> = one "threadsPerCore";
    amd_sev_snp: Option<String> = one "amdSevSnp";
    nested_virtualization: Option<String> = one "nestedVirtualization";
}
LaunchTemplateEbsBlockDevice {
    encrypted: Option<bool> = one "encrypted";
    delete_on_termination: Option<bool> = one "deleteOnTermination";
    iops: Option<i32> = one "iops";
    kms_key_id: Option<String> = one "kmsKeyId";
    snapshot_id: Option<String> = one "snapshotId";
    volume_size: Option<i32> = one "volumeSize";
    volume_type: Option<String> = one "volumeType";
    throughput: Option<i32> = one "throughput";
    volume_initialization_rate: Option<i32> = one "volumeInitializationRate";
    ebs_card_index: Option<i32> = one "ebsCardIndex";
}
LaunchTemplateElasticInferenceAcceleratorResponse {
    r#type: Option<String> = one "type";
    count: Option<i32> = one "count";
}
LaunchTemplateEnaSrdSpecification {
    ena_srd_enabled: Option<bool> = one "enaSrdEnabled";
    ena_srd_udp_specification: Option<LaunchTemplateEnaSrdUdpSpecification> = one "enaSrdUdpSpecification";
}
LaunchTemplateEnaSrdUdpSpecification {
    ena_srd_udp_enabled: Option<bool> = one "enaSrdUdpEnabled";
}
LaunchTemplateEnclaveOptions {
    enabled: Option<bool> = one "enabled";
}
LaunchTemplateHibernationOptions {
    configured: Option<bool> = one "configured";
}
LaunchTemplateIamInstanceProfileSpecification {
    arn: Option<String> = one "arn";
    name: Option<String> = one "name";
}
LaunchTemplateInstanceMaintenanceOptions {
    auto_recovery: Option<String> = one "autoRecovery";
}
LaunchTemplateInstanceMarketOptions {
    market_type: Option<String> = one "marketType";
    spot_options: Option<LaunchTemplateSpotMarketOptions> = one "spotOptions";
}
LaunchTemplateInstanceMetadataOptions {
    state: Option<String> = one "state";
    http_tokens: Option<String> = one "httpTokens";
    http_put_response_hop_limit: Option<i32> = one "httpPutResponseHopLimit";
    http_endpoint: Option<String> = one "httpEndpoint";
    http_protocol_ipv6: Option<String> = one "httpProtocolIpv6";
    instance_metadata_tags: Option<String> = one "instanceMetadataTags";
}
LaunchTemplateInstanceNetworkInterfaceSpecification {
    associate_carrier_ip_address: Option<bool> = one "associateCarrierIpAddress";
    associate_public_ip_address: Option<bool> = one "associatePublicIpAddress";
    delete_on_termination: Option<bool> = one "deleteOnTermination";
    description: Option<String> = one "description";
    device_index: Option<i32> = one "deviceIndex";
    groups: Vec<String> = list_or_absent "groupSet" of "groupId";
    interface_type: Option<String> = one "interfaceType";
    ipv6_address_count: Option<i32> = one "ipv6AddressCount";
    ipv6_addresses: Vec<InstanceIpv6Address> = list_or_absent "ipv6AddressesSet";
    network_interface_id: Option<String> = one "networkInterfaceId";
    private_ip_address: Option<String> = one "privateIpAddress";
    private_ip_addresses: Vec<PrivateIpAddressSpecification> = list_or_absent "privateIpAddressesSet";
    secondary_private_ip_address_count: Option<i32> = one "secondaryPrivateIpAddressCount";
    subnet_id: Option<String> = one "subnetId";
    network_card_index: Option<i32> = one "networkCardIndex";
    ipv4_prefixes: Vec<Ipv4PrefixSpecificationResponse> = list_or_absent "ipv4PrefixSet";
    ipv4_prefix_count: Option<i32> = one "ipv4PrefixCount";
    ipv6_prefixes: Vec<Ipv6PrefixSpecificationResponse> = list_or_absent "ipv6PrefixSet";
    ipv6_prefix_count: Option<i32> = one "ipv6PrefixCount";
    primary_ipv6: Option<bool> = one "primaryIpv6";
    ena_srd_specification: Option<LaunchTemplateEnaSrdSpecification> = one "enaSrdSpecification";
    connection_tracking_specification: Option<ConnectionTrackingSpecification> = one "connectionTrackingSpecification";
    ena_queue_count: Option<i32> = one "enaQueueCount";
}
LaunchTemplateInstanceSecondaryInterfaceSpecification {
    delete_on_termination: Option<bool> = one "deleteOnTermination";
    device_index: Option<i32> = one "deviceIndex";
    private_ip_addresses: Vec<SecondaryInterfacePrivateIpAddressSpecification> = list "privateIpAddressesSet";
    private_ip_address_count: Option<i32> = one "privateIpAddressCount";
    secondary_subnet_id: Option<String> = one "secondarySubnetId";
    interface_type: Option<String> = one "interfaceType";
    network_card_index: Option<i32> = one "networkCardIndex";
}
LaunchTemplateLicenseConfiguration {
    license_configuration_arn: Option<String> = one "licenseConfigurationArn";
}
LaunchTemplateNetworkPerformanceOptions {
    bandwidth_weighting: Option<String> = one "bandwidthWeighting";
}
LaunchTemplatePlacement {
    availability_zone: Option<String> = one "availabilityZone";
    availability_zone_id: Option<String> = one "availabilityZoneId";
    affinity: Option<String> = one "affinity";
    group_name: Option<String> = one "groupName";
    host_id: Option<String> = one "hostId";
    tenancy: Option<String> = one "tenancy";
    spread_domain: Option<String> = one "spreadDomain";
    host_resource_group_arn: Option<String> = one "hostResourceGroupArn";
    partition_number: Option<i32> = one "partitionNumber";
    group_id: Option<String> = one "groupId";
}
LaunchTemplatePrivateDnsNameOptions {
    hostname_type: Option<String> = one "hostnameType";
    enable_resource_name_dns_a_record: Option<bool> = one "enableResourceNameDnsARecord";
    enable_resource_name_dns_aaaa_record: Option<bool> = one "enableResourceNameDnsAAAARecord";
}
LaunchTemplateSpotMarketOptions {
    max_price: Option<String> = one "maxPrice";
    spot_instance_type: Option<String> = one "spotInstanceType";
    block_duration_minutes: Option<i32> = one "blockDurationMinutes";
    valid_until: Option<Timestamp> = seconds "validUntil";
    instance_interruption_behavior: Option<String> = one "instanceInterruptionBehavior";
}
LaunchTemplateTagSpecification {
    resource_type: Option<String> = one "resourceType";
    tags: Vec<Tag> = list "tagSet";
}
LaunchTemplateVersion {
    launch_template_id: Option<String> = one "launchTemplateId";
    launch_template_name: Option<String> = one "launchTemplateName";
    version_number: Option<i64> = one "versionNumber";
    version_description: Option<String> = one "versionDescription";
    create_time: Option<Timestamp> = seconds "createTime";
    created_by: Option<String> = one "createdBy";
    default_version: Option<bool> = one "defaultVersion";
    launch_template_data: Option<ResponseLaunchTemplateData> = one "launchTemplateData";
    operator: Option<OperatorResponse> = one "operator";
}
LaunchTemplatesMonitoring {
    enabled: Option<bool> = one "enabled";
    metric_category_ids: Vec<String> = list "metricCategoryIdSet";
}
LicenseConfiguration {
    license_configuration_arn: Option<String> = one "licenseConfigurationArn";
}
ManagedPrefixList {
    prefix_list_id: Option<String> = one "prefixListId";
    address_family: Option<String> = one "addressFamily";
    state: Option<String> = one "state";
    state_message: Option<String> = one "stateMessage";
    prefix_list_arn: Option<String> = one "prefixListArn";
    prefix_list_name: Option<String> = one "prefixListName";
    max_entries: Option<i32> = one "maxEntries";
    version: Option<i64> = one "version";
    tags: Option<Vec<Tag>> = list_if_told "tagSet";
    owner_id: Option<String> = one "ownerId";
    ipam_prefix_list_resolver_target_id: Option<String> = one "ipamPrefixListResolverTargetId";
    ipam_prefix_list_resolver_sync_enabled: Option<bool> = one "ipamPrefixListResolverSyncEnabled";
}
MemoryGiBPerVCpu {
    min: Option<f64> = one "min";
    max: Option<f64> = one "max";
}
MemoryMiB {
    min: Option<i32> = one "min";
    max: Option<i32> = one "max";
}
ModifyAddressAttributeResult {
    address: Option<AddressAttribute> = one "address";
}
ModifyInstanceMetadataOptionsResult {
    instance_id: Option<String> = one "instanceId";
    instance_metadata_options: Option<InstanceMetadataOptionsResponse> = one "instanceMetadataOptions";
}
ModifyLaunchTemplateResult {
    launch_template: Option<LaunchTemplate> = one "launchTemplate";
}
ModifyManagedPrefixListResult {
    prefix_list: Option<ManagedPrefixList> = one "prefixList";
}
ModifySecurityGroupRulesResult {
    r#return: Option<bool> = one "return";
}
ModifyVpcPeeringConnectionOptionsResult {
    accepter_peering_connection_options: Option<PeeringConnectionOptions> = one "accepterPeeringConnectionOptions";
    requester_peering_connection_options: Option<PeeringConnectionOptions> = one "requesterPeeringConnectionOptions";
}
ModifyVpcTenancyResult {
    return_value: Option<bool> = one "return";
}
MonitorInstancesResult {
    instance_monitorings: Vec<InstanceMonitoring> = list "instancesSet";
}
Monitoring {
    metric_category_ids: Vec<String> = list_or_absent "metricCategoryIdSet";
    state: Option<String> = one "state";
}
NatGateway {
    create_time: Option<Timestamp> = seconds "createTime";
    delete_time: Option<Timestamp> = seconds "deleteTime";
    failure_code: Option<String> = one "failureCode";
    failure_message: Option<String> = one "failureMessage";
    nat_gateway_addresses: Vec<NatGatewayAddress> = list "natGatewayAddressSet";
    nat_gateway_id: Option<String> = one "natGatewayId";
    provisioned_bandwidth: Option<ProvisionedBandwidth> = one "provisionedBandwidth";
    state: Option<String> = one "state";
    subnet_id: Option<String> = one "subnetId";
    vpc_id: Option<String> = one "vpcId";
    tags: Vec<Tag> = list "tagSet";
    connectivity_type: Option<String> = one "connectivityType";
    availability_mode: Option<String> = one "availabilityMode";
    auto_scaling_ips: Option<String> = one "autoScalingIps";
    auto_provision_zones: Option<String> = one "autoProvisionZones";
    attached_appliances: Vec<NatGatewayAttachedAppliance> = list_or_absent "attachedApplianceSet";
    route_table_id: Option<String> = one "routeTableId";
}
NatGatewayAddress {
    allocation_id: Option<String> = one "allocationId";
    network_interface_id: Option<String> = one "networkInterfaceId";
    private_ip: Option<String> = one "privateIp";
    public_ip: Option<String> = one "publicIp";
    association_id: Option<String> = one "associationId";
    is_primary: Option<bool> = one "isPrimary";
    failure_message: Option<String> = one "failureMessage";
    status: Option<String> = one "status";
    availability_zone: Option<String> = one "availabilityZone";
    availability_zone_id: Option<String> = one "availabilityZoneId";
}
NatGatewayAttachedAppliance {
    r#type: Option<String> = one "type";
    appliance_arn: Option<String> = one "applianceArn";
    vpc_endpoint_id: Option<String> = one "vpcEndpointId";
    attachment_state: Option<String> = one "attachmentState";
    modification_state: Option<String> = one "modificationState";
    failure_code: Option<String> = one "failureCode";
    failure_message: Option<String> = one "failureMessage";
}
NetworkAcl {
    associations: Vec<NetworkAclAssociation> = list "associationSet";
    entries: Vec<NetworkAclEntry> = list "entrySet";
    is_default: Option<bool> = one "default";
    network_acl_id: Option<String> = one "networkAclId";
    tags: Vec<Tag> = list "tagSet";
    vpc_id: Option<String> = one "vpcId";
    owner_id: Option<String> = one "ownerId";
}
NetworkAclAssociation {
    network_acl_association_id: Option<String> = one "networkAclAssociationId";
    network_acl_id: Option<String> = one "networkAclId";
    subnet_id: Option<String> = one "subnetId";
}
NetworkAclEntry {
    cidr_block: Option<String> = one "cidrBlock";
    egress: Option<bool> = one "egress";
    icmp_type_code: Option<IcmpTypeCode> = one "icmpTypeCode";
    ipv6_cidr_block: Option<String> = one "ipv6CidrBlock";
    port_range: Option<PortRange> = one "portRange";
    protocol: Option<String> = one "protocol";
    rule_action: Option<String> = one "ruleAction";
    rule_number: Option<i32> = one "ruleNumber";
}
NetworkBandwidthGbps {
    min: Option<f64> = one "min";
    max: Option<f64> = one "max";
}
NetworkInterface {
    network_interface_id: Option<String> = one "networkInterfaceId";
    subnet_id: Option<String> = one "subnetId";
    vpc_id: Option<String> = one "vpcId";
    availability_zone: Option<String> = one "availabilityZone";
    description: Option<String> = one "description";
    owner_id: Option<String> = one "ownerId";
    requester_managed: Option<bool> = one "requesterManaged";
    status: Option<String> = one "status";
    mac_address: Option<String> = one "macAddress";
    private_ip_address: Option<String> = one "privateIpAddress";
    private_dns_name: Option<String> = one "privateDnsName";
    source_dest_check: Option<bool> = one "sourceDestCheck";
    groups: Vec<GroupIdentifier> = list "groupSet";
    attachment: Option<NetworkInterfaceAttachment> = one "attachment";
    association: Option<NetworkInterfaceAssociation> = one "association";
    tag_set: Vec<Tag> = list "tagSet";
    private_ip_addresses: Vec<NetworkInterfacePrivateIpAddress> = list "privateIpAddressesSet";
    connection_tracking_configuration: Option<ConnectionTrackingConfiguration> = one "connectionTrackingConfiguration";
    interface_type: Option<String> = one "interfaceType";
    ipv6_addresses: Vec<NetworkInterfaceIpv6Address> = list "ipv6AddressesSet";
    outpost_arn: Option<String> = one "outpostArn";
    public_dns_name: Option<String> = one "publicDnsName";
    public_ip_dns_name_options: Option<PublicIpDnsNameOptions> = one "publicIpDnsNameOptions";
    ipv4_prefixes: Vec<Ipv4PrefixSpecification> = list_or_absent "ipv4PrefixSet";
    ipv6_prefixes: Vec<Ipv6PrefixSpecification> = list_or_absent "ipv6PrefixSet";
    requester_id: Option<String> = one "requesterId";
    deny_all_igw_traffic: Option<bool> = one "denyAllIgwTraffic";
    ipv6_native: Option<bool> = one "ipv6Native";
    ipv6_address: Option<String> = one "ipv6Address";
    operator: Option<OperatorResponse> = one "operator";
    associated_subnets: Vec<String> = list_or_absent "associatedSubnetSet";
    availability_zone_id: Option<String> = one "availabilityZoneId";
}
NetworkInterfaceAssociation {
    allocation_id: Option<String> = one "allocationId";
    association_id: Option<String> = one "associationId";
    ip_owner_id: Option<String> = one "ipOwnerId";
    public_dns_name: Option<String> = one "publicDnsName";
    public_ip: Option<String> = one "publicIp";
    customer_owned_ip: Option<String> = one "customerOwnedIp";
    carrier_ip: Option<String> = one "carrierIp";
}
NetworkInterfaceAttachment {
    attachment_id: Option<String> = one "attachmentId";
    instance_id: Option<String> = one "instanceId";
    instance_owner_id: Option<String> = one "instanceOwnerId";
    device_index: Option<i32> = one "deviceIndex";
    status: Option<String> = one "status";
    attach_time: Option<Timestamp> = seconds "attachTime";
    delete_on_termination: Option<bool> = one "deleteOnTermination";
    network_card_index: Option<i32> = one "networkCardIndex";
    ena_srd_specification: Option<AttachmentEnaSrdSpecification> = one "enaSrdSpecification";
    ena_queue_count: Option<i32> = one "enaQueueCount";
}
NetworkInterfaceCount {
    min: Option<i32> = one "min";
    max: Option<i32> = one "max";
}
NetworkInterfaceIpv6Address {
    ipv6_address: Option<String> = one "ipv6Address";
    public_ipv6_dns_name: Option<String> = one "publicIpv6DnsName";
    is_primary_ipv6: Option<bool> = one "isPrimaryIpv6";
}
NetworkInterfacePermission {
    network_interface_permission_id: Option<String> = one "networkInterfacePermissionId";
    network_interface_id: Option<String> = one "networkInterfaceId";
    aws_account_id: Option<String> = one "awsAccountId";
    aws_service: Option<String> = one "awsService";
    permission: Option<String> = one "permission";
    permission_state: Option<NetworkInterfacePermissionState> = one "permissionState";
}
NetworkInterfacePermissionState {
    state: Option<String> = one "state";
    status_message: Option<String> = one "statusMessage";
}
NetworkInterfacePrivateIpAddress {
    private_ip_address: Option<String> = one "privateIpAddress";
    private_dns_name: Option<String> = one "privateDnsName";
    primary: Option<bool> = one "primary";
    association: Option<NetworkInterfaceAssociation> = one "association";
}
OperatorResponse {
    managed: Option<bool> = one "managed";
    principal: Option<String> = one "principal";
    hidden_by_default: Option<bool> = one "hiddenByDefault";
}
PeeringConnectionOptions {
    allow_dns_resolution_from_remote_vpc: Option<bool> = one "allowDnsResolutionFromRemoteVpc";
    allow_egress_from_local_classic_link_to_remote_vpc: Option<bool> = one "allowEgressFromLocalClassicLinkToRemoteVpc";
    allow_egress_from_local_vpc_to_remote_classic_link: Option<bool> = one "allowEgressFromLocalVpcToRemoteClassicLink";
    allow_multipath_resilience: Option<bool> = one "allowMultipathResilience";
    multipath_resilience_mode: Option<String> = one "multipathResilienceMode";
}
PerformanceFactorReference {
    instance_family: Option<String> = one "instanceFamily";
}
PerformanceStatusSummary {
    status: Option<String> = one "status";
    impaired_since: Option<Timestamp> = seconds "impairedSince";
    remediation: Option<String> = one "remediation";
}
PrefixList {
    cidrs: Vec<String> = list "cidrSet";
    prefix_list_id: Option<String> = one "prefixListId";
    prefix_list_name: Option<String> = one "prefixListName";
}
PrefixListAssociation {
    resource_id: Option<String> = one "resourceId";
    resource_owner: Option<String> = one "resourceOwner";
}
PrefixListEntry {
    cidr: Option<String> = one "cidr";
    description: Option<String> = one "description";
}
PrivateDnsNameOptionsOnLaunch {
    hostname_type: Option<String> = one "hostnameType";
    enable_resource_name_dns_a_record: Option<bool> = one "enableResourceNameDnsARecord";
    enable_resource_name_dns_aaaa_record: Option<bool> = one "enableResourceNameDnsAAAARecord";
}
PrivateDnsNameOptionsResponse {
    hostname_type: Option<String> = one "hostnameType";
    enable_resource_name_dns_a_record: Option<bool> = one "enableResourceNameDnsARecord";
    enable_resource_name_dns_aaaa_record: Option<bool> = one "enableResourceNameDnsAAAARecord";
}
ProductCode {
    product_code_id: Option<String> = one "productCode";
    product_code_type: Option<String> = one "type";
}
PropagatingVgw {
    gateway_id: Option<String> = one "gatewayId";
}
ProvisionedBandwidth {
    provision_time: Option<Timestamp> = seconds "provisionTime";
    provisioned: Option<String> = one "provisioned";
    request_time: Option<Timestamp> = seconds "requestTime";
    requested: Option<String> = one "requested";
    status: Option<String> = one "status";
}
PtrUpdateStatus {
    value: Option<String> = one "value";
    status: Option<String> = one "status";
    reason: Option<String> = one "reason";
}
PublicIpDnsNameOptions {
    dns_hostname_type: Option<String> = one "dnsHostnameType";
    public_ipv4_dns_name: Option<String> = one "publicIpv4DnsName";
    public_ipv6_dns_name: Option<String> = one "publicIpv6DnsName";
    public_dual_stack_dns_name: Option<String> = one "publicDualStackDnsName";
}
PublicIpv4Pool {
    pool_id: Option<String> = one "poolId";
    description: Option<String> = one "description";
    pool_address_ranges: Vec<PublicIpv4PoolRange> = list "poolAddressRangeSet";
    total_address_count: Option<i32> = one "totalAddressCount";
    total_available_address_count: Option<i32> = one "totalAvailableAddressCount";
    network_border_group: Option<String> = one "networkBorderGroup";
    tags: Vec<Tag> = list_or_absent "tagSet";
}
PublicIpv4PoolRange {
    first_address: Option<String> = one "firstAddress";
    last_address: Option<String> = one "lastAddress";
    address_count: Option<i32> = one "addressCount";
    available_address_count: Option<i32> = one "availableAddressCount";
}
ReferencedSecurityGroup {
    group_id: Option<String> = one "groupId";
    peering_status: Option<String> = one "peeringStatus";
    user_id: Option<String> = one "userId";
    vpc_id: Option<String> = one "vpcId";
    vpc_peering_connection_id: Option<String> = one "vpcPeeringConnectionId";
}
Region {
    opt_in_status: Option<String> = one "optInStatus";
    geography: Vec<RegionGeography> = list_or_absent "geographySet";
    region_name: Option<String> = one "regionName";
    endpoint: Option<String> = one "regionEndpoint";
}
RegionGeography {
    name: Option<String> = one "name";
}
RejectVpcPeeringConnectionResult {
    r#return: Option<bool> = one "return";
}
ReplaceNetworkAclAssociationResult {
    new_association_id: Option<String> = one "newAssociationId";
}
ReplaceRouteTableAssociationResult {
    new_association_id: Option<String> = one "newAssociationId";
    association_state: Option<RouteTableAssociationState> = one "associationState";
}
Reservation {
    reservation_id: Option<String> = one "reservationId";
    owner_id: Option<String> = one "ownerId";
    groups: Vec<GroupIdentifier> = list "groupSet";
    instances: Vec<Instance> = list "instancesSet";
    requester_id: Option<String> = one "requesterId";
}
ResetAddressAttributeResult {
    address: Option<AddressAttribute> = one "address";
}
ResponseError {
    code: Option<String> = one "code";
    message: Option<String> = one "message";
}
ResponseLaunchTemplateData {
    kernel_id: Option<String> = one "kernelId";
    ebs_optimized: Option<bool> = one "ebsOptimized";
    iam_instance_profile: Option<LaunchTemplateIamInstanceProfileSpecification> = one "iamInstanceProfile";
    block_device_mappings: Vec<LaunchTemplateBlockDeviceMapping> = list_or_absent "blockDeviceMappingSet";
    network_interfaces: Vec<LaunchTemplateInstanceNetworkInterfaceSpecification> = list_or_absent "networkInterfaceSet";
    image_id: Option<String> = one "imageId";
    instance_type: Option<String> = one "instanceType";
    key_name: Option<String> = one "keyName";
    monitoring: Option<LaunchTemplatesMonitoring> = one "monitoring";
    placement: Option<LaunchTemplatePlacement> = one "placement";
    ram_disk_id: Option<String> = one "ramDiskId";
    disable_api_termination: Option<bool> = one "disableApiTermination";
    instance_initiated_shutdown_behavior: Option<String> = one "instanceInitiatedShutdownBehavior";
    user_data: Option<String> = one "userData";
    tag_specifications: Vec<LaunchTemplateTagSpecification> = list_or_absent "tagSpecificationSet";
    elastic_gpu_specifications: Vec<ElasticGpuSpecificationResponse> = list_or_absent "elasticGpuSpecificationSet";
    elastic_inference_accelerators: Vec<LaunchTemplateElasticInferenceAcceleratorResponse> = list_or_absent "elasticInferenceAcceleratorSet";
    security_group_ids: Vec<String> = list_or_absent "securityGroupIdSet";
    security_groups: Vec<String> = list_or_absent "securityGroupSet";
    instance_market_options: Option<LaunchTemplateInstanceMarketOptions> = one "instanceMarketOptions";
    credit_specification: Option<CreditSpecification> = one "creditSpecification";
    cpu_options: Option<LaunchTemplateCpuOptions> = one "cpuOptions";
    capacity_reservation_specification: Option<LaunchTemplateCapacityReservationSpecificationResponse> = one "capacityReservationSpecification";
    license_specifications: Vec<LaunchTemplateLicenseConfiguration> = list_or_absent "licenseSet";
    hibernation_options: Option<LaunchTemplateHibernationOptions> = one "hibernationOptions";
    metadata_options: Option<LaunchTemplateInstanceMetadataOptions> = one "metadataOptions";
    enclave_options: Option<LaunchTemplateEnclaveOptions> = one "enclaveOptions";
    instance_requirements: Option<InstanceRequirements> = one "instanceRequirements";
    private_dns_name_options: Option<LaunchTemplatePrivateDnsNameOptions> = one "privateDnsNameOptions";
    maintenance_options: Option<LaunchTemplateInstanceMaintenanceOptions> = one "maintenanceOptions";
    disable_api_stop: Option<bool> = one "disableApiStop";
    operator: Option<OperatorResponse> = one "operator";
    network_performance_options: Option<LaunchTemplateNetworkPerformanceOptions> = one "networkPerformanceOptions";
    secondary_interfaces: Vec<LaunchTemplateInstanceSecondaryInterfaceSpecification> = list_or_absent "secondaryInterfaceSet";
}
RestoreManagedPrefixListVersionResult {
    prefix_list: Option<ManagedPrefixList> = one "prefixList";
}
RevokeSecurityGroupEgressResult {
    r#return: Option<bool> = one "return";
    unknown_ip_permissions: Vec<IpPermission> = list "unknownIpPermissionSet";
    revoked_security_group_rules: Vec<RevokedSecurityGroupRule> = list "revokedSecurityGroupRuleSet";
}
RevokeSecurityGroupIngressResult {
    r#return: Option<bool> = one "return";
    unknown_ip_permissions: Vec<IpPermission> = list "unknownIpPermissionSet";
    revoked_security_group_rules: Vec<RevokedSecurityGroupRule> = list "revokedSecurityGroupRuleSet";
}
RevokedSecurityGroupRule {
    security_group_rule_id: Option<String> = one "securityGroupRuleId";
    group_id: Option<String> = one "groupId";
    is_egress: Option<bool> = one "isEgress";
    ip_protocol: Option<String> = one "ipProtocol";
    from_port: Option<i32> = one "fromPort";
    to_port: Option<i32> = one "toPort";
    cidr_ipv4: Option<String> = one "cidrIpv4";
    cidr_ipv6: Option<String> = one "cidrIpv6";
    prefix_list_id: Option<String> = one "prefixListId";
    referenced_group_id: Option<String> = one "referencedGroupId";
    description: Option<String> = one "description";
}
Route {
    destination_cidr_block: Option<String> = one "destinationCidrBlock";
    destination_ipv6_cidr_block: Option<String> = one "destinationIpv6CidrBlock";
    destination_prefix_list_id: Option<String> = one "destinationPrefixListId";
    egress_only_internet_gateway_id: Option<String> = one "egressOnlyInternetGatewayId";
    gateway_id: Option<String> = one "gatewayId";
    instance_id: Option<String> = one "instanceId";
    instance_owner_id: Option<String> = one "instanceOwnerId";
    nat_gateway_id: Option<String> = one "natGatewayId";
    transit_gateway_id: Option<String> = one "transitGatewayId";
    local_gateway_id: Option<String> = one "localGatewayId";
    carrier_gateway_id: Option<String> = one "carrierGatewayId";
    network_interface_id: Option<String> = one "networkInterfaceId";
    origin: Option<String> = one "origin";
    state: Option<String> = one "state";
    vpc_peering_connection_id: Option<String> = one "vpcPeeringConnectionId";
    core_network_arn: Option<String> = one "coreNetworkArn";
    odb_network_arn: Option<String> = one "odbNetworkArn";
    ip_address: Option<String> = one "ipAddress";
}
RouteTable {
    associations: Vec<RouteTableAssociation> = list "associationSet";
    propagating_vgws: Vec<PropagatingVgw> = list "propagatingVgwSet";
    route_table_id: Option<String> = one "routeTableId";
    routes: Vec<Route> = list "routeSet";
    tags: Vec<Tag> = list "tagSet";
    vpc_id: Option<String> = one "vpcId";
    owner_id: Option<String> = one "ownerId";
}
RouteTableAssociation {
    main: Option<bool> = one "main";
    route_table_association_id: Option<String> = one "routeTableAssociationId";
    route_table_id: Option<String> = one "routeTableId";
    subnet_id: Option<String> = one "subnetId";
    gateway_id: Option<String> = one "gatewayId";
    public_ipv4_pool: Option<String> = one "publicIpv4Pool";
    association_state: Option<RouteTableAssociationState> = one "associationState";
}
RouteTableAssociationState {
    state: Option<String> = one "state";
    status_message: Option<String> = one "statusMessage";
}
ScanResults {
    highest_finding_severity_label: Option<String> = one "highestFindingSeverityLabel";
    finding_scan_date: Option<Timestamp> = seconds "findingScanDate";
    informational_fix_available_since: Option<Timestamp> = seconds "informationalFixAvailableSince";
    low_fix_available_since: Option<Timestamp> = seconds "lowFixAvailableSince";
    medium_fix_available_since: Option<Timestamp> = seconds "mediumFixAvailableSince";
    high_fix_available_since: Option<Timestamp> = seconds "highFixAvailableSince";
    critical_fix_available_since: Option<Timestamp> = seconds "criticalFixAvailableSince";
}
SecondaryInterfacePrivateIpAddressSpecification {
    private_ip_address: Option<String> = one "privateIpAddress";
}
SecurityGroup {
    owner_id: Option<String> = one "ownerId";
    group_id: Option<String> = one "groupId";
    group_name: Option<String> = one "groupName";
    description: Option<String> = one "groupDescription";
    vpc_id: Option<String> = one "vpcId";
    ip_permissions: Vec<IpPermission> = list "ipPermissions";
    ip_permissions_egress: Vec<IpPermission> = list "ipPermissionsEgress";
    tags: Vec<Tag> = list_or_absent "tagSet";
    security_group_arn: Option<String> = one "securityGroupArn";
}
SecurityGroupForVpc {
    description: Option<String> = one "description";
    group_name: Option<String> = one "groupName";
    owner_id: Option<String> = one "ownerId";
    group_id: Option<String> = one "groupId";
    tags: Vec<Tag> = list "tagSet";
    primary_vpc_id: Option<String> = one "primaryVpcId";
}
SecurityGroupReference {
    group_id: Option<String> = one "groupId";
    referencing_vpc_id: Option<String> = one "referencingVpcId";
    vpc_peering_connection_id: Option<String> = one "vpcPeeringConnectionId";
    transit_gateway_id: Option<String> = one "transitGatewayId";
}
SecurityGroupRule {
    security_group_rule_id: Option<String> = one "securityGroupRuleId";
    group_id: Option<String> = one "groupId";
    group_owner_id: Option<String> = one "groupOwnerId";
    is_egress: Option<bool> = one "isEgress";
    ip_protocol: Option<String> = one "ipProtocol";
    from_port: Option<i32> = one "fromPort";
    to_port: Option<i32> = one "toPort";
    cidr_ipv4: Option<String> = one "cidrIpv4";
    cidr_ipv6: Option<String> = one "cidrIpv6";
    prefix_list_id: Option<String> = one "prefixListId";
    referenced_group_info: Option<ReferencedSecurityGroup> = one "referencedGroupInfo";
    description: Option<String> = one "description";
    tags: Option<Vec<Tag>> = list_if_told "tagSet";
    security_group_rule_arn: Option<String> = one "securityGroupRuleArn";
}
StaleIpPermission {
    from_port: Option<i32> = one "fromPort";
    ip_protocol: Option<String> = one "ipProtocol";
    ip_ranges: Vec<String> = list "ipRanges";
    prefix_list_ids: Vec<String> = list "prefixListIds";
    to_port: Option<i32> = one "toPort";
    user_id_group_pairs: Vec<UserIdGroupPair> = list "groups";
}
StaleSecurityGroup {
    description: Option<String> = one "description";
    group_id: Option<String> = one "groupId";
    group_name: Option<String> = one "groupName";
    stale_ip_permissions: Vec<StaleIpPermission> = list "staleIpPermissions";
    stale_ip_permissions_egress: Vec<StaleIpPermission> = list "staleIpPermissionsEgress";
    vpc_id: Option<String> = one "vpcId";
}
StartInstancesResult {
    starting_instances: Vec<InstanceStateChange> = list "instancesSet";
}
StateReason {
    code: Option<String> = one "code";
    message: Option<String> = one "message";
}
StopInstancesResult {
    stopping_instances: Vec<InstanceStateChange> = list "instancesSet";
}
Subnet {
    subnet_id: Option<String> = one "subnetId";
    state: Option<String> = one "state";
    vpc_id: Option<String> = one "vpcId";
    cidr_block: Option<String> = one "cidrBlock";
    available_ip_address_count: Option<i32> = one "availableIpAddressCount";
    availability_zone: Option<String> = one "availabilityZone";
    default_for_az: Option<bool> = one "defaultForAz";
    map_public_ip_on_launch: Option<bool> = one "mapPublicIpOnLaunch";
    tags: Vec<Tag> = list_or_absent "tagSet";
    availability_zone_id: Option<String> = one "availabilityZoneId";
    enable_lni_at_device_index: Option<i32> = one "enableLniAtDeviceIndex";
    map_customer_owned_ip_on_launch: Option<bool> = one "mapCustomerOwnedIpOnLaunch";
    customer_owned_ipv4_pool: Option<String> = one "customerOwnedIpv4Pool";
    owner_id: Option<String> = one "ownerId";
    assign_ipv6_address_on_creation: Option<bool> = one "assignIpv6AddressOnCreation";
    ipv6_cidr_block_association_set: Vec<SubnetIpv6CidrBlockAssociation> = list "ipv6CidrBlockAssociationSet";
    subnet_arn: Option<String> = one "subnetArn";
    outpost_arn: Option<String> = one "outpostArn";
    enable_dns64: Option<bool> = one "enableDns64";
    ipv6_native: Option<bool> = one "ipv6Native";
    private_dns_name_options_on_launch: Option<PrivateDnsNameOptionsOnLaunch> = one "privateDnsNameOptionsOnLaunch";
    block_public_access_states: Option<BlockPublicAccessStates> = one "blockPublicAccessStates";
    r#type: Option<String> = one "type";
}
SubnetCidrBlockState {
    state: Option<String> = one "state";
    status_message: Option<String> = one "statusMessage";
}
SubnetCidrReservation {
    subnet_cidr_reservation_id: Option<String> = one "subnetCidrReservationId";
    subnet_id: Option<String> = one "subnetId";
    cidr: Option<String> = one "cidr";
    reservation_type: Option<String> = one "reservationType";
    owner_id: Option<String> = one "ownerId";
    description: Option<String> = one "description";
    tags: Vec<Tag> = list_or_absent "tagSet";
}
SubnetIpv6CidrBlockAssociation {
    association_id: Option<String> = one "associationId";
    ipv6_cidr_block: Option<String> = one "ipv6CidrBlock";
    ipv6_cidr_block_state: Option<SubnetCidrBlockState> = one "ipv6CidrBlockState";
    ipv6_address_attribute: Option<String> = one "ipv6AddressAttribute";
    ip_source: Option<String> = one "ipSource";
}
TagDescription {
    resource_id: Option<String> = one "resourceId";
    resource_type: Option<String> = one "resourceType";
    key: Option<String> = one "key";
    value: Option<String> = one "value";
}
TerminateInstancesResult {
    terminating_instances: Vec<InstanceStateChange> = list "instancesSet";
}
TotalLocalStorageGB {
    min: Option<f64> = one "min";
    max: Option<f64> = one "max";
}
UnassignIpv6AddressesResult {
    network_interface_id: Option<String> = one "networkInterfaceId";
    unassigned_ipv6_addresses: Vec<String> = list_or_absent "unassignedIpv6Addresses";
    unassigned_ipv6_prefixes: Vec<String> = list_or_absent "unassignedIpv6PrefixSet";
}
UnassignPrivateNatGatewayAddressResult {
    nat_gateway_id: Option<String> = one "natGatewayId";
    nat_gateway_addresses: Vec<NatGatewayAddress> = list "natGatewayAddressSet";
}
UnmonitorInstancesResult {
    instance_monitorings: Vec<InstanceMonitoring> = list "instancesSet";
}
UpdateSecurityGroupRuleDescriptionsEgressResult {
    r#return: Option<bool> = one "return";
}
UpdateSecurityGroupRuleDescriptionsIngressResult {
    r#return: Option<bool> = one "return";
}
VCpuCountRange {
    min: Option<i32> = one "min";
    max: Option<i32> = one "max";
}
ValidationError {
    code: Option<String> = one "code";
    message: Option<String> = one "message";
}
ValidationWarning {
    errors: Vec<ValidationError> = list "errorSet";
}
Volume {
    volume_id: Option<String> = one "volumeId";
    size: Option<i32> = one "size";
    snapshot_id: Option<String> = one "snapshotId";
    availability_zone: Option<String> = one "availabilityZone";
    state: Option<String> = one "status";
    create_time: Option<Timestamp> = one "createTime";
    attachments: Vec<VolumeAttachment> = list "attachmentSet";
    volume_type: Option<String> = one "volumeType";
    availability_zone_id: Option<String> = one "availabilityZoneId";
    outpost_arn: Option<String> = one "outpostArn";
    source_volume_id: Option<String> = one "sourceVolumeId";
    iops: Option<i32> = one "iops";
    tags: Vec<Tag> = list_or_absent "tagSet";
    fast_restored: Option<bool> = one "fastRestored";
    multi_attach_enabled: Option<bool> = one "multiAttachEnabled";
    throughput: Option<i32> = one "throughput";
    sse_type: Option<String> = one "sseType";
    operator: Option<OperatorResponse> = one "operator";
    volume_initialization_rate: Option<i32> = one "volumeInitializationRate";
    volume_arn: Option<String> = one "volumeArn";
    owner_id: Option<String> = one "ownerId";
    encrypted: Option<bool> = one "encrypted";
    kms_key_id: Option<String> = one "kmsKeyId";
}
VolumeAttachment {
    volume_id: Option<String> = one "volumeId";
    instance_id: Option<String> = one "instanceId";
    device: Option<String> = one "device";
    state: Option<String> = one "status";
    attach_time: Option<Timestamp> = seconds "attachTime";
    delete_on_termination: Option<bool> = one "deleteOnTermination";
    associated_resource: Option<String> = one "associatedResource";
    instance_owning_service: Option<String> = one "instanceOwningService";
    ebs_card_index: Option<i32> = one "ebsCardIndex";
}
VolumeStatusAction {
    code: Option<String> = one "code";
    description: Option<String> = one "description";
    event_id: Option<String> = one "eventId";
    event_type: Option<String> = one "eventType";
}
VolumeStatusAttachmentStatus {
    io_performance: Option<String> = one "ioPerformance";
    instance_id: Option<String> = one "instanceId";
}
VolumeStatusDetails {
    name: Option<String> = one "name";
    status: Option<String> = one "status";
}
VolumeStatusEvent {
    description: Option<String> = one "description";
    event_id: Option<String> = one "eventId";
    event_type: Option<String> = one "eventType";
    not_after: Option<Timestamp> = seconds "notAfter";
    not_before: Option<Timestamp> = seconds "notBefore";
    instance_id: Option<String> = one "instanceId";
}
VolumeStatusInfo {
    details: Vec<VolumeStatusDetails> = list "details";
    status: Option<String> = one "status";
}
VolumeStatusItem {
    actions: Vec<VolumeStatusAction> = list "actionsSet";
    availability_zone: Option<String> = one "availabilityZone";
    outpost_arn: Option<String> = one "outpostArn";
    events: Vec<VolumeStatusEvent> = list "eventsSet";
    volume_id: Option<String> = one "volumeId";
    volume_status: Option<VolumeStatusInfo> = one "volumeStatus";
    attachment_statuses: Vec<VolumeStatusAttachmentStatus> = list "attachmentStatuses";
    initialization_status_details: Option<InitializationStatusDetails> = one "initializationStatusDetails";
    availability_zone_id: Option<String> = one "availabilityZoneId";
    operator: Option<OperatorResponse> = one "operator";
}
Vpc {
    vpc_id: Option<String> = one "vpcId";
    state: Option<String> = one "state";
    cidr_block: Option<String> = one "cidrBlock";
    dhcp_options_id: Option<String> = one "dhcpOptionsId";
    tags: Vec<Tag> = list_or_absent "tagSet";
    instance_tenancy: Option<String> = one "instanceTenancy";
    is_default: Option<bool> = one "isDefault";
    owner_id: Option<String> = one "ownerId";
    ipv6_cidr_block_association_set: Option<Vec<VpcIpv6CidrBlockAssociation>> = list_if_told "ipv6CidrBlockAssociationSet";
    cidr_block_association_set: Vec<VpcCidrBlockAssociation> = list "cidrBlockAssociationSet";
    encryption_control: Option<VpcEncryptionControl> = one "encryptionControl";
    block_public_access_states: Option<BlockPublicAccessStates> = one "blockPublicAccessStates";
}
VpcCidrBlockAssociation {
    association_id: Option<String> = one "associationId";
    cidr_block: Option<String> = one "cidrBlock";
    cidr_block_state: Option<VpcCidrBlockState> = one "cidrBlockState";
}
VpcCidrBlockState {
    state: Option<String> = one "state";
    status_message: Option<String> = one "statusMessage";
}
VpcEncryptionControl {
    vpc_id: Option<String> = one "vpcId";
    vpc_encryption_control_id: Option<String> = one "vpcEncryptionControlId";
    mode: Option<String> = one "mode";
    state: Option<String> = one "state";
    state_message: Option<String> = one "stateMessage";
    resource_exclusions: Option<VpcEncryptionControlExclusions> = one "resourceExclusions";
    tags: Vec<Tag> = list "tagSet";
}
VpcEncryptionControlExclusion {
    state: Option<String> = one "state";
    state_message: Option<String> = one "stateMessage";
}
VpcEncryptionControlExclusions {
    internet_gateway: Option<VpcEncryptionControlExclusion> = one "internetGateway";
    egress_only_internet_gateway: Option<VpcEncryptionControlExclusion> = one "egressOnlyInternetGateway";
    nat_gateway: Option<VpcEncryptionControlExclusion> = one "natGateway";
    virtual_private_gateway: Option<VpcEncryptionControlExclusion> = one "virtualPrivateGateway";
    vpc_peering: Option<VpcEncryptionControlExclusion> = one "vpcPeering";
    lambda: Option<VpcEncryptionControlExclusion> = one "lambda";
    vpc_lattice: Option<VpcEncryptionControlExclusion> = one "vpcLattice";
    elastic_file_system: Option<VpcEncryptionControlExclusion> = one "elasticFileSystem";
    global_accelerator: Option<VpcEncryptionControlExclusion> = one "globalAccelerator";
    api_gateway_v2: Option<VpcEncryptionControlExclusion> = one "apiGatewayV2";
}
VpcIpv6CidrBlockAssociation {
    association_id: Option<String> = one "associationId";
    ipv6_cidr_block: Option<String> = one "ipv6CidrBlock";
    ipv6_cidr_block_state: Option<VpcCidrBlockState> = one "ipv6CidrBlockState";
    network_border_group: Option<String> = one "networkBorderGroup";
    ipv6_pool: Option<String> = one "ipv6Pool";
    ipv6_address_attribute: Option<String> = one "ipv6AddressAttribute";
    ip_source: Option<String> = one "ipSource";
}
VpcPeeringConnection {
    accepter_vpc_info: Option<VpcPeeringConnectionVpcInfo> = one "accepterVpcInfo";
    expiration_time: Option<Timestamp> = seconds "expirationTime";
    requester_vpc_info: Option<VpcPeeringConnectionVpcInfo> = one "requesterVpcInfo";
    status: Option<VpcPeeringConnectionStateReason> = one "status";
    tags: Vec<Tag> = list "tagSet";
    vpc_peering_connection_id: Option<String> = one "vpcPeeringConnectionId";
    multipath_resilience_status: Option<String> = one "multipathResilienceStatus";
}
VpcPeeringConnectionOptionsDescription {
    allow_dns_resolution_from_remote_vpc: Option<bool> = one "allowDnsResolutionFromRemoteVpc";
    allow_egress_from_local_classic_link_to_remote_vpc: Option<bool> = one "allowEgressFromLocalClassicLinkToRemoteVpc";
    allow_egress_from_local_vpc_to_remote_classic_link: Option<bool> = one "allowEgressFromLocalVpcToRemoteClassicLink";
    allow_multipath_resilience: Option<bool> = one "allowMultipathResilience";
    multipath_resilience_mode: Option<String> = one "multipathResilienceMode";
}
VpcPeeringConnectionStateReason {
    code: Option<String> = one "code";
    message: Option<String> = one "message";
}
VpcPeeringConnectionVpcInfo {
    cidr_block: Option<String> = one "cidrBlock";
    ipv6_cidr_block_set: Vec<Ipv6CidrBlock> = list_or_absent "ipv6CidrBlockSet";
    cidr_block_set: Vec<CidrBlock> = list_or_absent "cidrBlockSet";
    owner_id: Option<String> = one "ownerId";
    peering_options: Option<VpcPeeringConnectionOptionsDescription> = one "peeringOptions";
    vpc_id: Option<String> = one "vpcId";
    region: Option<String> = one "region";
}
}
