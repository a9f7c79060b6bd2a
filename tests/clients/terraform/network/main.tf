# Everything of a VPC that packets ask: blocks, subnets, gateways, route tables, groups, ACLs, prefix lists, peering.
variable "step" {
  type    = number
  default = 0
}

locals {
  changed = var.step > 0
}

data "aws_availability_zones" "all" {
  state = "available"
}

resource "aws_vpc" "main" {
  cidr_block                       = "10.40.0.0/16"
  assign_generated_ipv6_cidr_block = true
  enable_dns_hostnames             = local.changed
  tags                             = { Name = local.changed ? "renamed" : "main" }
}

resource "aws_vpc_ipv4_cidr_block_association" "second" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.41.0.0/16"
}

resource "aws_vpc_dhcp_options" "own" {
  domain_name         = "corp.example"
  domain_name_servers = ["AmazonProvidedDNS"]
  ntp_servers         = ["10.40.0.5"]
}

resource "aws_vpc_dhcp_options_association" "own" {
  vpc_id          = aws_vpc.main.id
  dhcp_options_id = aws_vpc_dhcp_options.own.id
}

resource "aws_subnet" "public" {
  count                           = 2
  vpc_id                          = aws_vpc.main.id
  availability_zone               = data.aws_availability_zones.all.names[count.index]
  cidr_block                      = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  ipv6_cidr_block                 = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, count.index)
  map_public_ip_on_launch         = !local.changed
  assign_ipv6_address_on_creation = true
  tags                            = { Name = "public-${count.index}" }
}

resource "aws_subnet" "private" {
  vpc_id     = aws_vpc_ipv4_cidr_block_association.second.vpc_id
  cidr_block = "10.41.0.0/24"
}

resource "aws_subnet" "ipv6_only" {
  vpc_id                                         = aws_vpc.main.id
  ipv6_cidr_block                                = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 9)
  ipv6_native                                    = true
  assign_ipv6_address_on_creation                = true
  enable_resource_name_dns_aaaa_record_on_launch = true
}

resource "aws_ec2_subnet_cidr_reservation" "held" {
  subnet_id        = aws_subnet.private.id
  cidr_block       = "10.41.0.64/28"
  reservation_type = "prefix"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_egress_only_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_eip" "nat" {
  count      = 2
  domain     = "vpc"
  depends_on = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "main" {
  allocation_id            = aws_eip.nat[0].id
  secondary_allocation_ids = local.changed ? [aws_eip.nat[1].id] : []
  subnet_id                = aws_subnet.public[0].id
  tags                     = { Name = "nat" }
}

resource "aws_nat_gateway" "private" {
  connectivity_type                  = "private"
  subnet_id                          = aws_subnet.private.id
  secondary_private_ip_address_count = 1
}

resource "aws_ec2_managed_prefix_list" "offices" {
  name           = "offices"
  address_family = "IPv4"
  max_entries    = 3
  dynamic "entry" {
    for_each = local.changed ? ["192.0.2.0/24", "198.51.100.128/25"] : ["192.0.2.0/24"]
    content {
      cidr        = entry.value
      description = "office ${entry.key}"
    }
  }
}

resource "aws_ec2_managed_prefix_list" "apart" {
  name           = "apart"
  address_family = "IPv6"
  max_entries    = 2
}

resource "aws_ec2_managed_prefix_list_entry" "apart" {
  prefix_list_id = aws_ec2_managed_prefix_list.apart.id
  cidr           = "2001:db8:aaaa::/48"
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
  route {
    ipv6_cidr_block = "::/0"
    gateway_id      = aws_internet_gateway.main.id
  }
  dynamic "route" {
    for_each = local.changed ? [] : ["10.50.0.0/16"]
    content {
      cidr_block                = route.value
      vpc_peering_connection_id = aws_vpc_peering_connection.peer.id
    }
  }
}

resource "aws_route_table_association" "public" {
  count          = 2
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route" "private_out" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main.id
}

resource "aws_route" "private_out6" {
  route_table_id              = aws_route_table.private.id
  destination_ipv6_cidr_block = "::/0"
  egress_only_gateway_id      = aws_egress_only_internet_gateway.main.id
}

resource "aws_route" "offices" {
  route_table_id             = aws_route_table.private.id
  destination_prefix_list_id = aws_ec2_managed_prefix_list.offices.id
  nat_gateway_id             = local.changed ? aws_nat_gateway.private.id : aws_nat_gateway.main.id
}

resource "aws_main_route_table_association" "private" {
  vpc_id         = aws_vpc.main.id
  route_table_id = aws_route_table.private.id
}

resource "aws_vpc" "peer" {
  cidr_block = "10.50.0.0/16"
}

resource "aws_vpc_peering_connection" "peer" {
  vpc_id      = aws_vpc.main.id
  peer_vpc_id = aws_vpc.peer.id
  auto_accept = true
  # While a request of its own waits to be accepted, a VPC gets no further block.
  depends_on = [aws_vpc_ipv4_cidr_block_association.second]
  requester {
    allow_remote_vpc_dns_resolution = local.changed
  }
}

resource "aws_default_route_table" "peer" {
  default_route_table_id = aws_vpc.peer.default_route_table_id
  route {
    cidr_block                = aws_vpc.main.cidr_block
    vpc_peering_connection_id = aws_vpc_peering_connection.peer.id
  }
}

resource "aws_default_security_group" "peer" {
  vpc_id = aws_vpc.peer.id
  ingress {
    protocol  = "-1"
    from_port = 0
    to_port   = 0
    self      = true
  }
}

resource "aws_default_network_acl" "peer" {
  default_network_acl_id = aws_vpc.peer.default_network_acl_id
  ingress {
    rule_no    = 100
    protocol   = "-1"
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
  egress {
    rule_no    = 100
    protocol   = "-1"
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
}

resource "aws_security_group" "inline" {
  name        = "inline"
  description = "Rules within"
  vpc_id      = aws_vpc.main.id
  ingress {
    description      = "The web"
    protocol         = "tcp"
    from_port        = 80
    to_port          = local.changed ? 81 : 80
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }
  ingress {
    protocol        = "udp"
    from_port       = 53
    to_port         = 53
    self            = true
    security_groups = [aws_security_group.apart.id]
    prefix_list_ids = [aws_ec2_managed_prefix_list.offices.id]
  }
  ingress {
    protocol    = "icmp"
    from_port   = 8
    to_port     = -1
    cidr_blocks = ["10.0.0.0/8"]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
  tags = { Name = "inline" }
}

resource "aws_security_group" "apart" {
  name_prefix = "apart-"
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "ssh" {
  security_group_id = aws_security_group.apart.id
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = local.changed ? "10.41.0.0/24" : "10.40.0.0/24"
  description       = "From the other subnet"
  tags              = { Name = "ssh" }
}

resource "aws_vpc_security_group_ingress_rule" "self" {
  security_group_id            = aws_security_group.apart.id
  ip_protocol                  = "-1"
  referenced_security_group_id = aws_security_group.apart.id
}

resource "aws_vpc_security_group_ingress_rule" "listed" {
  security_group_id = aws_security_group.apart.id
  ip_protocol       = "icmpv6"
  from_port         = -1
  to_port           = -1
  prefix_list_id    = aws_ec2_managed_prefix_list.apart.id
}

resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.apart.id
  ip_protocol       = "-1"
  cidr_ipv6         = "::/0"
}

resource "aws_security_group" "classic" {
  name   = "classic"
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group_rule" "classic" {
  for_each                 = { tcp = 443, udp = 4789 }
  security_group_id        = aws_security_group.classic.id
  type                     = "ingress"
  protocol                 = each.key
  from_port                = each.value
  to_port                  = each.value
  source_security_group_id = aws_security_group.apart.id
}

resource "aws_security_group_rule" "classic_blocks" {
  security_group_id = aws_security_group.classic.id
  type              = "egress"
  protocol          = "all"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["10.40.0.0/16", "10.50.0.0/16"]
  ipv6_cidr_blocks  = ["::/0"]
}

resource "aws_network_acl" "inline" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = aws_subnet.public[*].id
  ingress {
    rule_no    = 200
    protocol   = "tcp"
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 65535
  }
  ingress {
    rule_no    = 100
    protocol   = "icmp"
    icmp_type  = 8
    icmp_code  = -1
    action     = local.changed ? "deny" : "allow"
    cidr_block = "10.0.0.0/8"
    from_port  = 0
    to_port    = 0
  }
  egress {
    rule_no         = 100
    protocol        = "-1"
    action          = "allow"
    ipv6_cidr_block = "::/0"
    from_port       = 0
    to_port         = 0
  }
}

resource "aws_network_acl" "apart" {
  vpc_id = aws_vpc.main.id
}

resource "aws_network_acl_association" "apart" {
  network_acl_id = aws_network_acl.apart.id
  subnet_id      = aws_subnet.private.id
}

resource "aws_network_acl_rule" "apart" {
  for_each       = { 300 = "10.40.0.0/16", 20 = "10.41.0.0/16" }
  network_acl_id = aws_network_acl.apart.id
  rule_number    = each.key
  egress         = each.key == "20"
  protocol       = "udp"
  rule_action    = "allow"
  cidr_block     = each.value
  from_port      = 1024
  to_port        = 65535
}
